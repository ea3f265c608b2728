-- dry_sessions.sql: sessions that were active in a stretch of time.
-- in    {site:String} {from_ms:Int64} {until_ms:Int64} {limit:UInt32}
-- out   id, visitor_id, customer_id, the latest first; a version that is none any more may name one too, so the reader asks again
SELECT session_id AS id, visitor_id, any(customer_id) AS customer_id, max(ended_at) AS latest_at
FROM sessions
WHERE site = {site:String} AND NOT tombstone
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}) - INTERVAL 2 DAY AND started_at < fromUnixTimestamp64Milli({until_ms:Int64})
  AND ended_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND ended_at < fromUnixTimestamp64Milli({until_ms:Int64})
GROUP BY session_id, visitor_id
ORDER BY latest_at DESC, session_id
LIMIT {limit:UInt32}
