-- consents.sql: what some customers consented to.
-- in    {site:String} {customer_ids:Array(String)}
-- out   customer_id, consent (JSON object)
SELECT customer_id, argMax(consent, version) AS consent
FROM customers
WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)}
GROUP BY customer_id
