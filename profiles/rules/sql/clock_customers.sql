-- clock_customers.sql: customers whose last order, counted without cancelled ones, lies a given time back since the last look.
-- in    {site:String} {after_ms:Int64} {until_ms:Int64}   ordered last in (after, until]
-- out   id
SELECT customer_id AS id
FROM customers FINAL
WHERE site = {site:String} AND NOT tombstone
  AND arrayMax(arrayMap(o -> if(o.status = 'cancelled', 0, toUnixTimestamp64Milli(o.at)), orders)) > {after_ms:Int64}
  AND arrayMax(arrayMap(o -> if(o.status = 'cancelled', 0, toUnixTimestamp64Milli(o.at)), orders)) <= {until_ms:Int64}
