-- person_visitors.sql: the browsers of a customer, and whose they were besides.
-- in    {site:String} {customer_id:String}
-- out   a row per browser: visitor_id, customers = everybody who was identified there
WITH
    named AS (
        SELECT visitor_id, customer_id FROM owner_events WHERE site = {site:String} AND type = 'identify' AND visitor_id != '' AND customer_id != ''
    ),
    folded AS (
        SELECT visitor_id, claim.customer_id AS customer_id FROM visitors ARRAY JOIN claims AS claim WHERE site = {site:String}
    ),
    kept AS (
        SELECT arrayJoin(visitor_ids) AS visitor_id, customer_id FROM customers WHERE site = {site:String} AND customer_id = {customer_id:String}
    )
SELECT visitor_id, arraySort(groupUniqArray(customer_id)) AS customers
FROM (SELECT visitor_id, customer_id FROM named UNION ALL SELECT visitor_id, customer_id FROM folded UNION ALL SELECT visitor_id, customer_id FROM kept)
WHERE visitor_id IN (
    SELECT visitor_id FROM named WHERE customer_id = {customer_id:String}
    UNION ALL SELECT visitor_id FROM folded WHERE customer_id = {customer_id:String}
    UNION ALL SELECT visitor_id FROM kept
)
GROUP BY visitor_id
ORDER BY visitor_id
