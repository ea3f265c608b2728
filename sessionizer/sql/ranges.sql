-- ranges.sql: cut the visitors of a site into ranges of about equally many events; neighbours in the table stay together.
-- in    {site:String} {step:UInt64, events of a range}
-- out   visitor_id: the first visitor of each range but the first
SELECT visitor_id
FROM (
    SELECT visitor_id, events, sum(events) OVER (ORDER BY visitor_id) AS so_far
    FROM (SELECT visitor_id, count() AS events FROM events WHERE site = {site:String} AND visitor_id != '' GROUP BY visitor_id)
)
WHERE intDiv(so_far, {step:UInt64}) > intDiv(so_far - events, {step:UInt64}) AND so_far > events
ORDER BY visitor_id
