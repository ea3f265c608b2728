-- page_sessions.sql: sessions for a page, newest first: the list, one story, the sessions of a visitor or a customer.
-- in    {site} {session_id: '' = any} {visitors: empty = all} {customer_id: '' = any} {who: a visitor, customer or session id, '' = any}
--       {purpose: '' = any} {status: '' = any that is not quarantined, or open | closed | quarantined | all} {bought: 1 = with a purchase}
--       {from_ms} {to_ms: exclusive} {pages_min} {now_ms} {gap_ms: silence that closes a session} {cursor_ms} {cursor_id: rows after this one} {limit}
-- out   one row per session that exists; times in ms
SELECT
    session_id, visitor_id, customer_id, identified_how,
    toUnixTimestamp64Milli(started_at) AS started_ms,
    toUnixTimestamp64Milli(ended_at) AS ended_ms,
    engaged_ms, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, utm_source, referrer,
    device_type, browser, os, quarantine_reason, bot_class,
    products, content, cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed,
    CAST(arrayMap(p -> (p.order_id, toUnixTimestamp64Milli(p.at), p.value, p.currency, p.status, p.items), purchases),
         'Array(Tuple(order_id String, at_ms Int64, value Decimal(18, 4), currency String, status String,
                      items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3)))))') AS purchases,
    purpose, purpose_model, score_information, score_browsing, score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, checkout_stage, earlier_sessions,
    ended_at > fromUnixTimestamp64Milli({now_ms:Int64} - {gap_ms:Int64}, 'UTC') AS is_open
FROM sessions FINAL
WHERE site = {site:String}
  AND NOT tombstone
  AND ({session_id:String} = '' OR session_id = {session_id:String})
  AND (empty({visitors:Array(String)}) OR visitor_id IN {visitors:Array(String)})
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({who:String} = '' OR visitor_id = {who:String} OR customer_id = {who:String} OR session_id = {who:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND multiIf({status:String} = 'all', 1,
              {status:String} = 'quarantined', quarantine_reason != '',
              quarantine_reason = '')
  AND ({status:String} != 'open' OR ended_at > fromUnixTimestamp64Milli({now_ms:Int64} - {gap_ms:Int64}, 'UTC'))
  AND ({status:String} != 'closed' OR ended_at <= fromUnixTimestamp64Milli({now_ms:Int64} - {gap_ms:Int64}, 'UTC'))
  AND ({bought:UInt8} = 0 OR notEmpty(purchases))
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND started_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND page_views >= {pages_min:UInt32}
  AND (started_at, session_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}, 'UTC'), {cursor_id:String})
ORDER BY started_at DESC, session_id DESC
LIMIT {limit:UInt32}
