-- mend_arrivals.sql: stored events arrive once more, so that the sessionizer looks at what was mended; looking twice does no harm.
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)} {owners:Array(String)}; owner_events, mended
-- out   rows of arrivals
INSERT INTO arrivals
SELECT
    site, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner, visitor_id, day,
    min(at) AS first_at,
    countIf((site, event_id) IN (
        SELECT site, event_id FROM owner_events WHERE site IN {sites:Array(String)} AND owner IN {owners:Array(String)}
    )) AS owner_rows,
    countIf(type IN ('identify', 'logout', 'release')) AS identity_rows, now64(3, 'UTC') AS inserted_at
FROM events
WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
GROUP BY site, owner, visitor_id, day
SETTINGS insert_deduplicate = 0
