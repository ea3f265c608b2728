-- changes.sql: the next changes of a site's carts, customers and sessions, in the order of the table `stream`.
-- in    {site:String} {limit:UInt32}
--       {after_ms:Int64} {after_kind:String} {after_id:String}   only what comes later
--       {until_ms:Int64}    before this moment everything inserted can be seen (Store.settled_ms)
-- out   at_ms, kind_name, id, visitor_id
SELECT toUnixTimestamp64Milli(inserted_at) AS at_ms, toString(kind) AS kind_name, id, visitor_id
FROM stream
WHERE site = {site:String}
  AND inserted_at >= fromUnixTimestamp64Milli({after_ms:Int64}) AND inserted_at < fromUnixTimestamp64Milli({until_ms:Int64})
  AND (inserted_at > fromUnixTimestamp64Milli({after_ms:Int64}) OR (kind, id) > ({after_kind:String}, {after_id:String}))
ORDER BY inserted_at, kind, id
LIMIT {limit:UInt32}
