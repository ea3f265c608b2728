-- days_of_range.sql: which of these days the visitors of a range left rows on.
-- in    {site:String} {from_visitor:String} {until_visitor:String, exclusive; '' = no end} {from_day:Date} {to_day:Date}
-- out   visitor_id, day as a number
SELECT DISTINCT visitor_id, toInt64(toUInt16(day)) AS day
FROM visitor_days
WHERE site = {site:String} AND visitor_id >= {from_visitor:String} AND (visitor_id < {until_visitor:String} OR {until_visitor:String} = '')
    AND visitor_days.day BETWEEN {from_day:Date} AND {to_day:Date}
