-- session_rows.sql: sessions as stored, every version of them. The one place where the columns of a session profile are listed.
-- in    {site:String}
--       {visitor_ids:Array(String)} {session_ids:Array(String)}   which sessions; an empty list = any. One of them must be given: both lead to an index
--       {limit:UInt32, most rows}
-- out   rows, newest first; a time is …_ms
-- edge  the reader takes the highest version of each session and drops tombstones (sessions.py, latest): a query of this width that does it
--       itself, by FINAL or LIMIT 1 BY in a subquery, costs twice as much for the planning alone (docs/decisions/0007-api.md)
SELECT
    visitor_id, session_id, version, tombstone, superseded_by, toUnixTimestamp64Milli(built_at) AS built_ms,
    toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
    engaged_ms, customer_id, identified_how, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, referrer,
    device_type, browser, os, quarantine_reason, bot_class, products, content,
    cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed,
    purchases, arrayMap(p -> toUnixTimestamp64Milli(p.at), purchases) AS purchases_at_ms,
    purpose, purpose_model, score_information, score_browsing, score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, checkout_stage, earlier_sessions
FROM sessions
WHERE site = {site:String}
  AND (empty({visitor_ids:Array(String)}) OR visitor_id IN {visitor_ids:Array(String)})
  AND (empty({session_ids:Array(String)}) OR session_id IN {session_ids:Array(String)})
ORDER BY started_at DESC
LIMIT {limit:UInt32}
