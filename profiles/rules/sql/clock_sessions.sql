-- clock_sessions.sql: sessions that have been quiet for a given time since the last look.
-- in    {site:String} {after_ms:Int64} {until_ms:Int64}   ended in (after, until]
-- out   id, visitor_id, customer_id; a version that is none any more may name one too, so the reader asks again
SELECT DISTINCT session_id AS id, visitor_id, customer_id
FROM sessions
WHERE site = {site:String} AND NOT tombstone
  AND started_at >= fromUnixTimestamp64Milli({after_ms:Int64}) - INTERVAL 2 DAY
  AND ended_at > fromUnixTimestamp64Milli({after_ms:Int64}) AND ended_at <= fromUnixTimestamp64Milli({until_ms:Int64})
