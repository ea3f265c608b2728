-- identified.sql: how some browsers came to be known as customers.
-- in    {site:String} {visitor_ids:Array(String)}
-- out   visitor_id, customer_id, how: one row per pair, the latest identification
SELECT visitor_id, claim.customer_id AS customer_id, argMax(claim.how, claim.identified_at) AS how
FROM (
    SELECT visitor_id, argMax(claims, version) AS claims
    FROM visitors
    WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
    GROUP BY visitor_id
)
ARRAY JOIN claims AS claim
GROUP BY visitor_id, customer_id
