-- session_events.sql: the stored events of one session, each once, oldest first.
-- in    {site:String} {visitor_id:String} {session_id:String} {customer_id:String, '' = anonymous} {started_ms:Int64} {ended_ms:Int64}
-- out   one row per event as stored; a time is …_ms
-- edge  of doubled rows the one received first counts, then the smallest by content, as in the sessionizer.
--       What the visitor does belongs to the session by its time, up to the start of the next session; rows that describe a page view
--       (content, engagement) belong where their page view belongs, and stand by their own time where it is unknown; everything else
--       (server-side events of the visitor or the customer, consent) belongs where its time falls.
WITH
    fromUnixTimestamp64Milli({started_ms:Int64}, 'UTC') AS started,
    fromUnixTimestamp64Milli({ended_ms:Int64}, 'UTC') AS ended,
    (
        SELECT min(started_at) FROM (
            SELECT started_at, tombstone FROM sessions
            WHERE site = {site:String} AND visitor_id = {visitor_id:String} AND session_id != {session_id:String}
            ORDER BY version DESC LIMIT 1 BY session_id
        ) WHERE NOT tombstone AND started_at > started
    ) AS next_started,   -- 1970 where there is none
    if(next_started <= started, ended + INTERVAL 1 MILLISECOND, next_started) AS before,
    heard AS (
        SELECT event_id, type, at, received_at, source, visitor_id, page_id, url, title, referrer, customer_id, kind, content_id, name, category,
               position, seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct, query, results, items, step, step_name,
               order_id, value, currency, props
        FROM events
        WHERE site = {site:String}
          AND (visitor_id = {visitor_id:String} OR (visitor_id = '' AND {customer_id:String} != '' AND customer_id = {customer_id:String}))
          AND day >= toDate(started) - 7 AND day <= toDate(ended) + 7   -- copies of an event are at most seven days apart, and so are the rows of a page
        ORDER BY received_at, at, cityHash64(type, url, props, toString(items))
        LIMIT 1 BY event_id
    ),
    its_pages AS (SELECT page_id FROM heard WHERE type = 'page_view' AND page_id != '' AND at >= started AND at < before),
    all_pages AS (SELECT page_id FROM heard WHERE type = 'page_view' AND page_id != '')
SELECT event_id, type, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms, source, visitor_id, page_id, url, title,
       referrer, customer_id, kind, content_id, name, category, position, seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct,
       query, results, items, step, step_name, order_id, value, currency, props
FROM heard
WHERE multiIf(
    type IN ('content', 'engagement') AND page_id IN all_pages, page_id IN its_pages,
    source = 'server' OR type IN ('consent', 'content', 'engagement'), at >= started AND at <= ended AND at < before,
    at >= started AND at < before)
ORDER BY at, event_id
