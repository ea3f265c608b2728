-- customer_interests.sql: as profiles/sql/interests.sql, for some customers at once.
-- in    {site:String} {customer_ids:Array(String)} {since_ms:Int64}
-- out   customer_id, id, category, views, seen_ms: at most 200 products of each, the most viewed first
SELECT customer_id, product_id AS id, any(product_category) AS category, sum(product_views) AS views, sum(product_seen_ms) AS seen_ms
FROM sessions FINAL
ARRAY JOIN products.id AS product_id, products.category AS product_category, products.views AS product_views, products.seen_ms AS product_seen_ms
WHERE site = {site:String} AND NOT tombstone AND customer_id IN {customer_ids:Array(String)} AND quarantine_reason = ''
  AND started_at >= fromUnixTimestamp64Milli({since_ms:Int64})
GROUP BY customer_id, product_id
ORDER BY customer_id, views DESC, seen_ms DESC, id
LIMIT 200 BY customer_id
