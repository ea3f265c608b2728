-- customers_after.sql: customers of a site in the order of their ids, a few at a time.
-- in    {site:String} {after:String, an id} {limit:UInt32}
-- out   customer_id, each once; those that are no more as well
SELECT DISTINCT customer_id
FROM customers
WHERE site = {site:String} AND customer_id > {after:String}
ORDER BY customer_id
LIMIT {limit:UInt32}
