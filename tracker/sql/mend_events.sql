-- mend_events.sql: which of these events are stored (tracker/mending.py).
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)}, each what the events have between them
-- out   site, visitor_id, event_id, day
SELECT DISTINCT site, visitor_id, event_id, day
FROM events
WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
