-- scan.sql: the least any sessionizer must do: read every event's visitor and time once.
-- in    {site:String}
-- out   one row: visitors, events
SELECT count() AS visitors, sum(events) AS events
FROM (SELECT visitor_id, count() AS events, min(at), max(at) FROM events WHERE site = {site:String} GROUP BY visitor_id)
