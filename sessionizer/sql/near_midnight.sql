-- near_midnight.sql: who was there so near to the beginning or the end of a day that a visit may reach over it.
-- in    {site:String} {day:Date} {gap_ms:Int64, the longest silence within a visit}; table work (of whom it is asked)
-- out   visitor_id, each once
-- edge  asked of `events`, which opens this day alone: visitor_days would be opened for the whole of each visitor's history
SELECT DISTINCT visitor_id
FROM events
WHERE site = {site:String} AND day = {day:Date} AND visitor_id IN (SELECT visitor_id FROM work)
    AND toUnixTimestamp64Milli(at) - 86400000 * toInt64(toUInt16({day:Date})) NOT BETWEEN {gap_ms:Int64} AND 86399999 - {gap_ms:Int64}
