-- cart_rows.sql: carts as stored, every version of them; the reader takes the highest and drops tombstones.
-- in    {site:String} {cart_ids:Array(String)}
-- out   rows; a time is …_ms
SELECT cart_id, version, tombstone, doc, customer_id, visitor_ids, state, stage, value, toUnixTimestamp64Milli(opened_at) AS opened_ms,
       toUnixTimestamp64Milli(touched_at) AS touched_ms, toUnixTimestamp64Milli(closed_at) AS closed_ms
FROM carts
WHERE site = {site:String} AND cart_id IN {cart_ids:Array(String)}
