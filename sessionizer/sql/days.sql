-- days.sql: the days on which these visitors left rows.
-- in    {site:String} {visitors:Array(String)} {from_day:Date} {to_day:Date}
-- out   a row per visitor: visitor_id, days = [(day as a number, first and last moment in ms)], oldest first
SELECT visitor_id, arraySort(groupArray((toInt64(toUInt16(day)), first_ms, last_ms))) AS days
FROM (
    SELECT visitor_id, day, toUnixTimestamp64Milli(min(first_at)) AS first_ms, toUnixTimestamp64Milli(max(last_at)) AS last_ms
    FROM visitor_days
    WHERE site = {site:String} AND visitor_id IN {visitors:Array(String)} AND day BETWEEN {from_day:Date} AND {to_day:Date}
    GROUP BY visitor_id, day
)
GROUP BY visitor_id
