-- customer_visits.sql: how often some customers came, and when last.
-- in    {site:String} {customer_ids:Array(String)}
-- out   one row per customer that came: sessions, last_ms
SELECT customer_id, count() AS sessions, toUnixTimestamp64Milli(max(ended_at)) AS last_ms
FROM (
    SELECT visitor_id, session_id, argMax((customer_id, tombstone, ended_at), version) AS latest
    FROM sessions
    WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM sessions WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)})
    GROUP BY visitor_id, session_id
)
ARRAY JOIN [latest.1] AS customer_id, [latest.3] AS ended_at
WHERE NOT latest.2 AND customer_id IN {customer_ids:Array(String)}
GROUP BY customer_id
