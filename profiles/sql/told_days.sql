-- told_days.sql: the days of shared browsers, from the events that are left. The same as visitor_days_of_events in 0001_events.sql.
-- in    {site:String}; table forgetting
-- out   rows of visitor_days
INSERT INTO visitor_days (site, visitor_id, day, ties, first_at, last_at)
SELECT
    site, visitor_id, toDate(at) AS day,
    arrayConcat(groupUniqArray(cityHash64('event', event_id)), groupUniqArrayIf(cityHash64('page', page_id), page_id != '')) AS ties,
    min(at) AS first_at, max(at) AS last_at
FROM events
WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind = 'shared')
GROUP BY site, visitor_id, day
