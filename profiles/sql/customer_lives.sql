-- customer_lives.sql: what the life-cycle stage of some customers is made of.
-- in    {site:String} {customer_ids:Array(String)}
-- out   one row per customer: orders as (at_ms, status) in order of time, registered_ms, and the CRM's word
SELECT
    customer_id, toUnixTimestamp64Milli(registered_at) AS registered_ms, lifecycle, toUnixTimestamp64Milli(lifecycle_at) AS lifecycle_ms,
    arrayMap(o -> toUnixTimestamp64Milli(o.at), orders) AS orders_at_ms, arrayMap(o -> o.status, orders) AS orders_status
FROM (
    SELECT customer_id, registered_at, lifecycle, lifecycle_at, orders, tombstone
    FROM customers
    WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY customer_id
)
WHERE NOT tombstone
