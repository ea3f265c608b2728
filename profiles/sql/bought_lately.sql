-- bought_lately.sql: what some owners bought in a stretch of time.
-- in    {site:String} {customer_ids:Array(String)} {visitor_ids:Array(String)} {since_ms:Int64} {until_ms:Int64}
-- out   owner ('c:' customer, 'v:' visitor), item_ids; a cancelled order was not bought
WITH bought AS (
    SELECT concat('c:', customer_id) AS owner, orders.at AS order_at, orders.status AS order_status, orders.items.id AS order_items
    FROM (
        SELECT customer_id, orders, tombstone FROM customers
        WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)} ORDER BY version DESC LIMIT 1 BY customer_id
    ) WHERE NOT tombstone
    UNION ALL
    SELECT concat('v:', visitor_id) AS owner, orders.at, orders.status, orders.items.id
    FROM (SELECT visitor_id, orders FROM visitors WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)} ORDER BY version DESC LIMIT 1 BY visitor_id)
)
SELECT owner, groupUniqArrayArray(items) AS item_ids
FROM bought
ARRAY JOIN order_at AS at, order_status AS status, order_items AS items
WHERE status != 'cancelled' AND at >= fromUnixTimestamp64Milli({since_ms:Int64}) AND at <= fromUnixTimestamp64Milli({until_ms:Int64})
GROUP BY owner
