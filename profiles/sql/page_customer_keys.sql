-- page_customer_keys.sql: the customers of a site whose id has something in it, the one seen last first.
-- in    {site:String} {who:String, a piece of an id, '' = any} {cursor_ms:Int64} {cursor_id:String: rows after this one} {limit:UInt32}
-- out   customer_id; last_ms: the end of the latest session, else when the customer became known; is_seen: 0 = no session
WITH
    seen AS (
        SELECT customer_id, max(ended_at) AS last_at
        FROM sessions FINAL
        WHERE site = {site:String} AND NOT tombstone AND customer_id != ''
        GROUP BY customer_id
    ),
    known AS (
        SELECT customer_id, registered_at
        FROM customers FINAL
        WHERE site = {site:String} AND NOT tombstone AND ({who:String} = '' OR positionCaseInsensitiveUTF8(customer_id, {who:String}) > 0)
    )
SELECT known.customer_id AS customer_id, toUnixTimestamp64Milli(greatest(seen.last_at, known.registered_at)) AS last_ms,
       toUnixTimestamp64Milli(seen.last_at) > 0 AS is_seen
FROM known LEFT JOIN seen ON seen.customer_id = known.customer_id
WHERE (last_ms, customer_id) < ({cursor_ms:Int64}, {cursor_id:String})
ORDER BY last_ms DESC, customer_id DESC
LIMIT {limit:UInt32}
