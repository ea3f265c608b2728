-- interests.sql: the products a customer looked at, by attention.
-- in    {site:String} {visitor_ids:Array(String)} {customer_id:String} {since_ms:Int64}
-- out   one row per product: id, name, category, views, seen_ms; the most viewed first, quarantined sessions left out
SELECT product_id AS id, any(product_name) AS name, any(product_category) AS category, sum(product_views) AS views, sum(product_seen_ms) AS seen_ms
FROM (
    SELECT products, tombstone, customer_id, quarantine_reason, started_at
    FROM sessions
    WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY visitor_id, session_id
)
ARRAY JOIN products.id AS product_id, products.name AS product_name, products.category AS product_category,
           products.views AS product_views, products.seen_ms AS product_seen_ms
WHERE NOT tombstone AND customer_id = {customer_id:String} AND quarantine_reason = '' AND started_at >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY product_id
ORDER BY views DESC, seen_ms DESC, product_id
LIMIT 200
