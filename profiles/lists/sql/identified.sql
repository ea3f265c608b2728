-- identified.sql: how the browsers of a stretch of carts came to be known as customers.
-- in    {site:String} {first:String} {last:String}: ids of carts, both inclusive
-- out   visitor_id, customer_id, how: one row per pair, the latest identification
SELECT visitor_id, its_customer AS customer_id, argMax(its_how, identified_at) AS how
FROM (
    SELECT visitor_id, argMax((claims.customer_id, claims.how, claims.identified_at), version) AS claimed
    FROM visitors
    WHERE site = {site:String} AND visitor_id IN (
        SELECT arrayJoin(visitor_ids) FROM carts
        WHERE site = {site:String} AND cart_id BETWEEN {first:String} AND {last:String} AND customer_id != ''
    )
    GROUP BY visitor_id
)
ARRAY JOIN claimed.1 AS its_customer, claimed.2 AS its_how, claimed.3 AS identified_at
GROUP BY visitor_id, its_customer
