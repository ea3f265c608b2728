-- customer_recent.sql: the latest sessions of some customers, as far as readiness asks.
-- in    {site:String} {customer_ids:Array(String)} {limit:UInt32: of each}
-- out   customer_id, visitor_id, session_id, ended_ms, purpose, the scores, purchases (how many), quarantine_reason; the latest begun first
SELECT customer_id, visitor_id, session_id, toUnixTimestamp64Milli(ended_at) AS ended_ms, if(purpose = '', 'information', toString(purpose)) AS purpose,
       score_information, score_browsing, score_purchase, length(purchases) AS purchases, quarantine_reason
FROM sessions FINAL
WHERE site = {site:String} AND NOT tombstone AND customer_id IN {customer_ids:Array(String)}
ORDER BY customer_id, started_at DESC, session_id DESC
LIMIT {limit:UInt32} BY customer_id
