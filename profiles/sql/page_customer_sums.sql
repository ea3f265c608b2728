-- page_customer_sums.sql: how many customers a site has whose id has something in it, and how many of them ordered.
-- in    {site:String} {who:String, a piece of an id, '' = any}
-- out   one row: customers, ordered
SELECT count() AS customers, countIf(arrayExists(o -> o.status != 'cancelled', orders)) AS ordered
FROM customers FINAL
WHERE site = {site:String} AND NOT tombstone AND ({who:String} = '' OR positionCaseInsensitiveUTF8(customer_id, {who:String}) > 0)
