-- page_story.sql: what was observed in one session, each event once, oldest first.
-- in    {site} {visitor_id} {started_ms} {ended_ms} {first_day} {last_day: the days it touches}
-- out   the columns a story is told from; a row of a page seen in the session belongs to it, whenever it arrived
WITH
    each_once AS (
        SELECT
            event_id, type, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms, source, page_id, url, title, referrer,
            customer_id, kind, content_id, name, category, seen_ms, touched_ms, touches, clicks, engaged_ms, scroll_pct, query, results, items,
            step, step_name, order_id, value, currency, props
        FROM events
        WHERE site = {site:String} AND visitor_id = {visitor_id:String} AND day BETWEEN {first_day:Date} AND {last_day:Date}
        ORDER BY event_id, received_at, cityHash64(*)
        LIMIT 1 BY event_id
    ),
    pages AS (
        SELECT page_id FROM each_once
        WHERE type = 'page_view' AND page_id != '' AND at_ms BETWEEN {started_ms:Int64} AND {ended_ms:Int64}
    )
SELECT
    event_id, type, at_ms, received_ms, source, page_id, url, title, referrer, customer_id, kind, content_id, name, category,
    seen_ms, touched_ms, touches, clicks, engaged_ms, scroll_pct, query, results, items, step, step_name, order_id, value, currency, props
FROM each_once
WHERE at_ms BETWEEN {started_ms:Int64} AND {ended_ms:Int64} OR (type IN ('content', 'engagement') AND page_id IN (SELECT page_id FROM pages))
ORDER BY at_ms, event_id
LIMIT 2000
