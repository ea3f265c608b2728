-- session_events.sql: the stored events of one session, each once, oldest first.
-- in    {site:String} {visitor_id:String} {session_id:String} {customer_id:String, '' = anonymous} {started_ms:Int64} {ended_ms:Int64}
-- out   one row per event as stored; a time is …_ms
-- edge  of doubled rows the one received first counts, then the smallest by content, as in the sessionizer (heard.sql; crossed says
--       where that is another visitor's). What the visitor does
--       belongs to the session by its time, up to the start of the next one; rows that describe a page view belong where their page view
--       belongs, and stand by their own time where nobody saw it; everything else belongs where its time falls (sessions.sql, roles of heard.sql).
--       Beyond those, orders and updates that name only the session's customer are told where their time falls.
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
               order_id, value, currency, props, ua, webdriver
        FROM events
        WHERE site = {site:String}
          AND (visitor_id = {visitor_id:String} OR (visitor_id = '' AND {customer_id:String} != '' AND customer_id = {customer_id:String}))
          AND day >= toDate(started) - 7 AND day <= toDate(ended) + 7   -- copies of an event are at most seven days apart, and so are the rows of a page
          AND (if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)), event_id, type) NOT IN (
              SELECT owner, event_id, type FROM crossed FINAL
              WHERE site = {site:String} AND owner IN (concat('v:', {visitor_id:String}), concat('c:', {customer_id:String})) AND lost)
        ORDER BY received_at, at, type, customer_id, order_id, source, step, step_name, query, kind, content_id, engaged_ms, seen_ms, touched_ms,
                 touches, clicks, page_id, url, referrer, name, category, webdriver, ua, items
        LIMIT 1 BY event_id
    ),
    views AS (SELECT page_id, min(at) AS view_at FROM heard WHERE type = 'page_view' AND source != 'server' AND page_id != '' GROUP BY page_id)
SELECT event_id, type, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms, source, visitor_id, page_id, url, title,
       referrer, customer_id, kind, content_id, name, category, position, seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct,
       query, results, items, step, step_name, order_id, value, currency, props, ua AS user_agent, '' AS ip, webdriver
FROM heard
WHERE multiIf(
    source = 'server' OR type IN ('consent', 'order_updated', 'order_watermark', 'customer_update', 'release'),
        at >= started AND at <= ended AND at < before,
    type IN ('content', 'engagement') AND page_id IN (SELECT page_id FROM views),
        page_id IN (SELECT page_id FROM views WHERE view_at >= started AND view_at < before),
    at >= started AND at < before)
ORDER BY at, event_id
