-- session_rows.sql: sessions as stored, the latest version of each, newest first. The one place where the columns of a session are listed.
-- in    {site:String}
--       {visitor_ids:Array(String)} {session_ids:Array(String)}   which sessions; an empty list = any. One of them must be given: both lead to an index
--       {visitor_id:String} {customer_id:String} {purpose:String} '' = any
--       {open_since_ms:Int64} {closed_before_ms:Int64}            status open: ended at or after; closed: ended before; 0 and FAR_MS = any
--       {from_ms:Int64} {to_ms:Int64}                             started in [from, to)
--       {cursor_ms:Int64} {cursor_id:String}                      only what is older than this; FAR_MS and '' = from the newest
--       {limit:UInt32} {tombstones:Bool = true, a session that was superseded is told too}
-- out   one row per session; a time is …_ms
-- edge  the version is chosen before the filters (LIMIT 1 BY), so a stale version never answers. FINAL would give the same, but reads every
--       part of every month: it may prune neither by index nor by time (measured: 24 ms against 11 ms by session_id, 99 against 40 for a list)
SELECT
    visitor_id, session_id, version, tombstone, superseded_by, toUnixTimestamp64Milli(built_at) AS built_ms,
    toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
    engaged_ms, customer_id, identified_how, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, referrer,
    device_type, browser, os, quarantine_reason, bot_class, products, content,
    cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed,
    purchases, arrayMap(p -> toUnixTimestamp64Milli(p.at), purchases) AS purchases_at_ms,
    purpose, purpose_model, score_information, score_browsing, score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, checkout_stage, earlier_sessions
FROM (
    SELECT
        visitor_id, session_id, version, tombstone, superseded_by, built_at, started_at, ended_at, engaged_ms, customer_id, identified_how, page_views, events,
        searches, entry_url, exit_url, channel, campaign, medium, referrer, device_type, browser, os, quarantine_reason, bot_class, products, content,
        cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed, purchases, purpose, purpose_model,
        score_information, score_browsing, score_purchase, product_views, products_touched, category_views, editorial_views, editorial_ms,
        promotion_clicks, checkout_steps, checkout_stage, earlier_sessions
    FROM sessions
    WHERE site = {site:String}
      AND (empty({visitor_ids:Array(String)}) OR visitor_id IN {visitor_ids:Array(String)})
      AND (empty({session_ids:Array(String)}) OR session_id IN {session_ids:Array(String)})
    ORDER BY version DESC
    LIMIT 1 BY visitor_id, session_id
)
WHERE (NOT tombstone OR {tombstones:Bool})
  AND ({visitor_id:String} = '' OR visitor_id = {visitor_id:String})
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}) AND ended_at < fromUnixTimestamp64Milli({closed_before_ms:Int64})
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND started_at < fromUnixTimestamp64Milli({to_ms:Int64})
  AND (started_at, session_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY started_at DESC, session_id DESC
LIMIT {limit:UInt32}
