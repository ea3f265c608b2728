-- page_customers.sql: what the fold says of some customers.
-- in    {site} {customers}
-- out   one row per customer; orders oldest first, times in ms; attributes and consent are JSON
SELECT
    customer_id, visitor_ids,
    toUnixTimestamp64Milli(registered_at) AS registered_ms,
    CAST(arrayMap(o -> (o.order_id, toUnixTimestamp64Milli(o.at), o.value, o.currency, o.status, o.refunded, o.items), orders),
         'Array(Tuple(order_id String, at_ms Int64, value Decimal(18, 4), currency String, status String, refunded Decimal(18, 4),
                      items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3)))))') AS orders,
    attributes, lifecycle, toUnixTimestamp64Milli(lifecycle_at) AS lifecycle_ms, consent
FROM customers FINAL
WHERE site = {site:String} AND customer_id IN {customers:Array(String)} AND NOT tombstone
