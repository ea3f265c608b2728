-- person_events.sql: everything stored about a person, each event once, oldest first.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)} {cursor_ms:Int64} {cursor_id:String} {limit:UInt32}
-- out   one row per event as stored; a time is …_ms
-- edge  of doubled rows the one received first counts, then the smallest by content, as in the sessionizer
SELECT event_id, type, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms, source, visitor_id, page_id, url, title,
       referrer, customer_id, kind, content_id, name, category, position, seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct,
       query, results, items, step, step_name, order_id, value, currency, props, ua AS user_agent, ip, webdriver
FROM (
    SELECT event_id, type, at, received_at, source, visitor_id, page_id, url, title, referrer, customer_id, kind, content_id, name, category,
           position, seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct, query, results, items, step, step_name,
           order_id, value, currency, props, ua, ip, webdriver
    FROM events
    WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR (customer_id = {customer_id:String} AND {customer_id:String} != ''))
    ORDER BY received_at, at, type, customer_id, order_id, source, step, step_name, query, kind, content_id, engaged_ms, seen_ms, touched_ms,
             touches, clicks, page_id, url, referrer, name, category, webdriver, ua, items
    LIMIT 1 BY event_id
)
WHERE (at, event_id) > (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY at, event_id
LIMIT {limit:UInt32}
