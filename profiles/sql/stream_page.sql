-- stream_page.sql: the next moments of a site, in their one order: rows that were inserted, and sessions that the clock closed.
-- in    {site:String}
--       {after_ms:Int64} {after_kind:String} {after_id:String}   the position of the reader: only what comes later
--       {until_ms:Int64}    before this moment everything inserted can be seen (Store.settled_ms)
--       {gap_ms:Int64}      a session is closed when this is over, and a millisecond
--       {kinds:Array(String)}   cart, closed, customer, session
--       {limit:UInt32}
-- out   at_ms, kind, id, visitor_id, version; of what was inserted twice in one millisecond the highest version
-- edge  a session may stand here under a version that is none any more: the reader compares with what is stored
SELECT toUnixTimestamp64Milli(at) AS at_ms, kind, id, visitor_id, version
FROM (
    SELECT inserted_at AS at, toString(kind) AS kind, id, visitor_id, version
    FROM stream
    WHERE site = {site:String}
        AND inserted_at >= fromUnixTimestamp64Milli({after_ms:Int64}) AND inserted_at < fromUnixTimestamp64Milli({until_ms:Int64})
        AND (inserted_at > fromUnixTimestamp64Milli({after_ms:Int64}) OR (kind, id) > ({after_kind:String}, {after_id:String}))
        AND kind IN {kinds:Array(String)}
    ORDER BY inserted_at, kind, id, version DESC
    LIMIT 1 BY inserted_at, kind, id
    LIMIT {limit:UInt32}
    UNION ALL
    SELECT ended_at + toIntervalMillisecond({gap_ms:Int64} + 1) AS at, 'closed' AS kind, session_id AS id, visitor_id, version
    FROM sessions
    WHERE site = {site:String} AND has({kinds:Array(String)}, 'closed') AND NOT tombstone
        AND started_at >= fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64}) - INTERVAL 2 DAY
        AND ended_at >= fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64} - 1) AND ended_at < fromUnixTimestamp64Milli({until_ms:Int64} - {gap_ms:Int64} - 1)
        AND (ended_at > fromUnixTimestamp64Milli({after_ms:Int64} - {gap_ms:Int64} - 1) OR ('closed', session_id) > ({after_kind:String}, {after_id:String}))
    ORDER BY ended_at, session_id, version DESC
    LIMIT 1 BY ended_at, session_id
    LIMIT {limit:UInt32}
)
ORDER BY at, kind, id
LIMIT {limit:UInt32}
