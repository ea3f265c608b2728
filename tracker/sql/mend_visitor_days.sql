-- mend_visitor_days.sql: the days of stored events once more, by the words of the view of visitor_days (schema 0001).
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)}
-- out   rows of visitor_days; what was there already is merged with its like
INSERT INTO visitor_days
SELECT
    site, visitor_id, day,
    arrayConcat(groupUniqArray(cityHash64('event', event_id)), groupUniqArrayIf(cityHash64('page', page_id), page_id != '')) AS ties,
    min(at) AS first_at, max(at) AS last_at
FROM events
WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
    AND visitor_id != ''
GROUP BY site, visitor_id, day
SETTINGS insert_deduplicate = 0
