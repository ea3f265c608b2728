-- identified.sql: how the browsers of a stretch of carts came to be known as customers.
-- in    {site:String} {first:String} {last:String}: ids of carts, both inclusive
-- out   visitor_id, customer_id, how: one row per pair, the latest identification
SELECT visitor_id, claim.customer_id AS customer_id, argMax(claim.how, claim.identified_at) AS how
FROM (
    SELECT visitor_id, argMax(claims, version) AS claims
    FROM visitors
    WHERE site = {site:String} AND visitor_id IN (
        SELECT arrayJoin(visitor_ids) FROM carts
        WHERE site = {site:String} AND cart_id BETWEEN {first:String} AND {last:String} AND customer_id != ''
    )
    GROUP BY visitor_id
)
ARRAY JOIN claims AS claim
GROUP BY visitor_id, customer_id
