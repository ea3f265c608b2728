-- cart_sessions.sql: the sessions of some visitors in a stretch of time, narrow.
-- in    {site:String} {visitor_ids:Array(String)} {since_ms:Int64} {until_ms:Int64}
-- out   one row per session that overlaps it, oldest first
SELECT visitor_id, session_id, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
       channel, campaign, medium, referrer, quarantine_reason
FROM (
    SELECT visitor_id, session_id, tombstone, started_at, ended_at, channel, campaign, medium, referrer, quarantine_reason
    FROM sessions
    WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY session_id
)
WHERE NOT tombstone AND started_at <= fromUnixTimestamp64Milli({until_ms:Int64}) AND ended_at >= fromUnixTimestamp64Milli({since_ms:Int64})
ORDER BY started_at, session_id
