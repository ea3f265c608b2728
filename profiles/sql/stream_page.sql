-- stream_page.sql: the next changes of a site, in their one order.
-- in    {site:String}
--       {after_ms:Int64} {after_kind:String} {after_id:String}   the position of the reader: only what comes later
--       {until_ms:Int64}    before this moment everything inserted can be seen (Store.settled_ms)
--       {kinds:Array(String)}   cart, customer, session
--       {limit:UInt32}
-- out   at_ms, kind, id, visitor_id, version; in the very order of the table
-- edge  another order, even of the versions of one millisecond, would make the database read and sort the rest: no more is read than asked for, however far behind the reader is
SELECT toUnixTimestamp64Milli(inserted_at) AS at_ms, toString(kind) AS kind_name, id, visitor_id, version
FROM stream
WHERE site = {site:String}
    AND inserted_at >= fromUnixTimestamp64Milli({after_ms:Int64}) AND inserted_at < fromUnixTimestamp64Milli({until_ms:Int64})
    AND (inserted_at > fromUnixTimestamp64Milli({after_ms:Int64}) OR (kind, id) > ({after_kind:String}, {after_id:String}))
    AND kind IN {kinds:Array(String)}
ORDER BY inserted_at, kind, id, version
LIMIT {limit:UInt32}
