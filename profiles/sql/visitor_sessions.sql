-- visitor_sessions.sql: how often some visitors came, and as whom.
-- in    {site:String} {visitor_ids:Array(String)} {customer_id:String, '' = as anybody}
-- out   one row per visitor that came: sessions, first_ms, last_ms, oldest visitor first
SELECT visitor_id, count() AS sessions, toUnixTimestamp64Milli(min(started_at)) AS first_ms, toUnixTimestamp64Milli(max(ended_at)) AS last_ms
FROM (
    SELECT visitor_id, session_id, tombstone, customer_id, started_at, ended_at
    FROM sessions
    WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY visitor_id, session_id
)
WHERE NOT tombstone AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
GROUP BY visitor_id
ORDER BY first_ms, visitor_id
