-- cart_keys.sql: which carts may match, last touched first; the reader has the last word, once it knows the latest version of each.
-- in    {site:String}
--       {state:String} {stage:String} {customer_id:String} {visitor_id:String}   '' = any
--       {min_value:String, an amount}
--       {from_ms:Int64} {to_ms:Int64}            touched in [from, to)
--       {cursor_ms:Int64} {cursor_id:String}     only what is older than this
--       {limit:UInt32}
-- out   cart_id, touched_ms; each cart once
-- edge  versions are not told apart here: a current cart that matches is always among these rows, and a stale version that matches is dropped later
SELECT cart_id, toUnixTimestamp64Milli(touched_at) AS touched_ms
FROM carts
WHERE site = {site:String}
  AND NOT tombstone
  AND ({state:String} = '' OR state = {state:String})
  AND ({stage:String} = '' OR stage = {stage:String})
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({visitor_id:String} = '' OR has(visitor_ids, {visitor_id:String}))
  AND value >= toDecimal64({min_value:String}, 4)
  AND touched_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND touched_at < fromUnixTimestamp64Milli({to_ms:Int64})
  AND (touched_at, cart_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY touched_at DESC, cart_id DESC
LIMIT 1 BY cart_id
LIMIT {limit:UInt32}
