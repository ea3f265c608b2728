-- forget_events.sql: of a browser that several people use, the events of one of them.
-- in    {site:String} {visitor_id:String} {from_ms:Int64} {until_ms:Int64}, both inclusive
-- out   rows of forgetting: kind event, and kind ending for the log-out a millisecond later
-- edge  a log-out stays, emptied: it ends somebody's time, and without it the one before would be taken for the one who came after
INSERT INTO forgetting (kind, id)
SELECT DISTINCT if(type = 'logout', 'ending', 'event'), event_id
FROM events
WHERE site = {site:String} AND visitor_id = {visitor_id:String}
    AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND (at <= fromUnixTimestamp64Milli({until_ms:Int64}) OR (type = 'logout' AND at <= fromUnixTimestamp64Milli({until_ms:Int64} + 1)))
