-- page_live.sql: who may be in the shop now. Without FINAL and over two columns, because it is asked every two seconds;
-- page_sessions.sql then reads just these visitors and decides.
-- in    {site} {since_ms: active at or after} {from_ms: no session that is open now began before} {limit}
-- out   visitor_id, the latest first
SELECT visitor_id
FROM sessions
WHERE site = {site:String}
  AND ended_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND started_at > fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
GROUP BY visitor_id
ORDER BY max(ended_at) DESC
LIMIT {limit:UInt32}
