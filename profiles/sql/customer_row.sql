-- customer_row.sql: one customer as the fold over the events tells it.
-- in    {site:String} {customer_id:String}
-- out   no row or one; a time is …_ms
SELECT customer_id, version, visitor_ids, toUnixTimestamp64Milli(registered_at) AS registered_ms, orders,
       arrayMap(o -> toUnixTimestamp64Milli(o.at), orders) AS orders_at_ms, arrayMap(o -> o.status, orders) AS orders_status,
       attributes, lifecycle, toUnixTimestamp64Milli(lifecycle_at) AS lifecycle_ms, consent, cart_ids
FROM (
    SELECT customer_id, version, tombstone, visitor_ids, registered_at, orders, attributes, lifecycle, lifecycle_at, consent, cart_ids
    FROM customers
    WHERE site = {site:String} AND customer_id = {customer_id:String}
    ORDER BY version DESC
    LIMIT 1
)
WHERE NOT tombstone
