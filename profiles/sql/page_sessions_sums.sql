-- page_sessions_sums.sql: what a filter of the sessions page finds, counted.
-- in    {site} {who} {purpose} {status} {from_ms} {to_ms} {pages_min} {open_since_ms} {bought}, as in page_session_keys.sql
-- out   one row: sessions, by purpose, with a purchase, with something in the cart, visitors
SELECT
    count() AS sessions,
    countIf(purpose = 'information') AS information,
    countIf(purpose = 'browsing') AS browsing,
    countIf(purpose = 'purchase') AS purchase,
    countIf(notEmpty(purchases.order_id)) AS bought,
    uniqExact(visitor_id) AS visitors
FROM sessions FINAL
WHERE site = {site:String}
  AND NOT tombstone
  AND ({who:String} = '' OR visitor_id = {who:String} OR customer_id = {who:String} OR session_id = {who:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND multiIf({status:String} = 'all', 1, {status:String} = 'quarantined', quarantine_reason != '', quarantine_reason = '')
  AND ({status:String} != 'open' OR ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'))
  AND ({status:String} != 'closed' OR ended_at < fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'))
  AND ({bought:UInt8} = 0 OR notEmpty(purchases.order_id))
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND started_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND page_views >= {pages_min:UInt32}
