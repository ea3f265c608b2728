-- stored_customers.sql: what is stored of these customers.
-- in    {site:String} {customers:Array(String)}
-- out   id, version, content_hash, tombstone, cart_ids, visitor_ids
SELECT customer_id AS id, version, content_hash, tombstone, cart_ids, visitor_ids
FROM customers FINAL
WHERE site = {site:String} AND customer_id IN {customers:Array(String)}
