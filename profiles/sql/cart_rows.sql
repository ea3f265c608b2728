-- cart_rows.sql: carts as stored, the latest version of each, last touched first.
-- in    {cart_ids:Array(String)}, and the filters of cart_keys.sql
-- out   one row per cart; a time is …_ms
SELECT cart_id, version, doc, customer_id, visitor_ids, state, stage,
       toUnixTimestamp64Milli(opened_at) AS opened_ms, toUnixTimestamp64Milli(touched_at) AS touched_ms, toUnixTimestamp64Milli(closed_at) AS closed_ms
FROM (
    SELECT cart_id, version, tombstone, doc, customer_id, visitor_ids, state, stage, value, opened_at, touched_at, closed_at
    FROM carts
    WHERE site = {site:String} AND cart_id IN {cart_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY cart_id
)
WHERE NOT tombstone
  AND ({state:String} = '' OR state = {state:String})
  AND ({stage:String} = '' OR stage = {stage:String})
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({visitor_id:String} = '' OR has(visitor_ids, {visitor_id:String}))
  AND value >= toDecimal64({min_value:String}, 4)
  AND touched_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND touched_at < fromUnixTimestamp64Milli({to_ms:Int64})
  AND (touched_at, cart_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY touched_at DESC, cart_id DESC
LIMIT {limit:UInt32}
