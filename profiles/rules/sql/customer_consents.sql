-- customer_consents.sql: what some customers said about marketing.
-- in    {site:String} {customer_ids:Array(String)}
-- out   customer_id, consent: a JSON object, purpose -> {"granted","at","how"}
SELECT customer_id, consent
FROM (SELECT customer_id, consent, tombstone FROM customers
      WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)} ORDER BY version DESC LIMIT 1 BY customer_id)
WHERE NOT tombstone
