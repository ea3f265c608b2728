-- doubled.sql: which events of the work came more than once, or do not count here (crossed). Mostly none, and then heard.sql need not sort.
-- in    {site:String} {days:Array(Date)}; tables work, crossed
-- out   rows of doubled
INSERT INTO doubled (visitor_id, copy)
SELECT any(visitor_id), cityHash64(visitor_id, event_id) AS copy
FROM events
WHERE site = {site:String} AND day IN {days:Array(Date)}
    AND visitor_id IN (SELECT visitor_id FROM work)
    AND cityHash64(visitor_id, day) IN (SELECT visitor_day FROM work)
GROUP BY copy
HAVING count() > 1
UNION ALL
SELECT substring(owner, 3), cityHash64(substring(owner, 3), event_id)
FROM crossed FINAL
WHERE site = {site:String} AND owner IN (SELECT concat('v:', visitor_id) FROM work) AND lost
