-- page_customer_carts.sql: what some customers have put aside and not bought.
-- in    {site:String} {customers:Array(String)}
-- out   customer_id, cart_id, state (open | abandoned), value, currency; the one touched last first
SELECT customer_id, cart_id, toString(state) AS state, value, currency
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone AND customer_id IN {customers:Array(String)} AND state IN ('open', 'abandoned')
ORDER BY customer_id, touched_at DESC, cart_id
