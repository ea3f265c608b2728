-- stream_closed.sql: sessions that the clock closed, in the order in which it did: when the session's gap was over, and a millisecond.
-- in    {site:String}
--       {after_ms:Int64} {after_kind:String} {after_id:String}   the position of the reader: only what comes later
--       {until_ms:Int64}    closed before this moment
--       {gap_ms:Int64}      the longest silence that a session of this site survives
--       {limit:UInt32}
-- out   at_ms, id, visitor_id, version; of several versions that ended at once the highest last
-- edge  what a session was like before it went on stands here too, under a version that is none any more: the reader compares with what is stored
-- edge  nothing is inserted before it happened, but for a second or so that the clocks of two machines differ
SELECT toUnixTimestamp64Milli(ended_at) + {gap_ms:Int64} + 1 AS at_ms, id, visitor_id, version
FROM stream
WHERE site = {site:String} AND kind = 'session'
    AND inserted_at >= fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64} - 60000) AND inserted_at < fromUnixTimestamp64Milli({until_ms:Int64})
    AND ended_at >= fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64} - 1) AND ended_at < fromUnixTimestamp64Milli({until_ms:Int64} - {gap_ms:Int64} - 1)
    AND (ended_at > fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64} - 1) OR ('closed', id) > ({after_kind:String}, {after_id:String}))
ORDER BY ended_at, id, version
LIMIT {limit:UInt32}
