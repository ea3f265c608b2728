-- page_session_keys.sql: which sessions a filter finds, newest first: narrow columns only; page_sessions.sql then reads just these.
-- in    {site} {customer_id: '' = any} {who: a visitor, customer or session id, '' = any} {purpose: '' = any}
--       {status: '' = any that is not quarantined, or open | closed | quarantined | all} {bought: 1 = with a purchase} {pages_min}
--       {from_ms} {to_ms: exclusive} {open_since_ms: active at or after = open} {cursor_ms} {cursor_id: rows after this one} {limit}
-- out   visitor_id, session_id
SELECT visitor_id, session_id
FROM sessions FINAL
WHERE site = {site:String}
  AND NOT tombstone
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({who:String} = '' OR visitor_id = {who:String} OR customer_id = {who:String} OR session_id = {who:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND multiIf({status:String} = 'all', 1, {status:String} = 'quarantined', quarantine_reason != '', quarantine_reason = '')
  AND ({status:String} != 'open' OR ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'))
  AND ({status:String} != 'closed' OR ended_at < fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'))
  AND ({bought:UInt8} = 0 OR notEmpty(purchases.order_id))
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND started_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND page_views >= {pages_min:UInt32}
  AND (started_at, session_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}, 'UTC'), {cursor_id:String})
ORDER BY started_at DESC, session_id DESC
LIMIT {limit:UInt32}
