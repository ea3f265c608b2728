-- page_heard.sql: what arrived last for a site. `arrivals` says which visitor and day, so that only these rows of `events` are read.
-- in    {site} {limit}
-- out   the latest events of the visitor heard last: type, url, times in ms
WITH
    latest AS (
        SELECT visitor_id, day FROM arrivals
        WHERE site = {site:String}
        ORDER BY inserted_at DESC, first_at DESC
        LIMIT 1
    )
SELECT type, url, source, visitor_id, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms
FROM events
WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM latest) AND day IN (SELECT day FROM latest)
ORDER BY received_at DESC, at DESC, event_id
LIMIT {limit:UInt32}
