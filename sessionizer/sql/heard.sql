-- heard.sql: the events of the work, each once, as far as sessions are made of them.
-- in    {site:String} {days:Array(Date)}; table work: the visitors and days to rebuild
-- out   rows of heard
-- edge  an event counts once by its id: of copies the one received first, then the smallest by content
INSERT INTO heard (visitor_id, event_id, at_ms, type, role, webdriver, ua, page_id, url, referrer, kind, content_id, name, category,
                   seen_ms, touched_ms, touches, clicks, engaged_ms, query, products, step, step_name)
SELECT
    visitor_id,
    event_id,
    toUnixTimestamp64Milli(at),
    type,
    multiIf(
        source = 'server' OR type IN ('consent', 'order_updated', 'order_watermark', 'customer_update', 'release'), 'attached',
        type IN ('content', 'engagement'), 'passive',
        'activity'),
    webdriver, ua, page_id, url, referrer, kind, content_id, name, category,
    seen_ms, touched_ms, touches, clicks, engaged_ms, query,
    if(type = 'product_view', arrayMap(i -> (i.id, i.name, i.category), items), []),
    step, step_name
FROM events
WHERE site = {site:String}
    AND day IN {days:Array(Date)}                                       -- which partitions to open …
    AND visitor_id IN (SELECT visitor_id FROM work)                     -- … which granules to read in them …
    AND (visitor_id, day) IN (SELECT visitor_id, day FROM work)         -- … and which rows count
ORDER BY
    visitor_id, event_id, received_at, at, type, customer_id, order_id, source, step, step_name, query, kind, content_id,
    engaged_ms, seen_ms, touched_ms, touches, clicks, page_id, url, referrer, name, category, webdriver, ua, items
LIMIT 1 BY visitor_id, event_id
