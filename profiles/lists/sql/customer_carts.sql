-- customer_carts.sql: the open and abandoned carts of some customers.
-- in    {site:String} {customer_ids:Array(String)}
-- out   customer_id, state, value, currency, touched_ms; of a customer the one touched last first
SELECT customer_id, state, value, currency, toUnixTimestamp64Milli(touched_at) AS touched_ms
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone AND customer_id IN {customer_ids:Array(String)} AND state IN ('open', 'abandoned')
ORDER BY customer_id, touched_at DESC, cart_id DESC
