-- heard.sql: the events of the work, each once, as far as sessions are made of them.
-- in    {site:String} {days:Array(Date)}; tables work (the visitors and days to rebuild), doubled, crossed
-- out   rows of heard
-- edge  an event counts once by its id: of copies the one received first, then the smallest by content; crossed says where that is another visitor's
INSERT INTO heard (visitor, visitor_id, event_id, at_ms, type, role, webdriver, ua, page, url, referrer, thing, kind, content_id, name, category,
                   seen_ms, touched_ms, touches, clicks, engaged_ms, query, products, step, step_name)
WITH
came_once AS (
    SELECT visitor_id, event_id, at, type, source, webdriver, ua, page_id, url, referrer, kind, content_id, name, category,
           seen_ms, touched_ms, touches, clicks, engaged_ms, query, items, step, step_name
    FROM events
    WHERE site = {site:String}
        AND day IN {days:Array(Date)}                                       -- which partitions to open …
        AND visitor_id IN (SELECT visitor_id FROM work)                     -- … which granules to read in them …
        AND cityHash64(visitor_id, day) IN (SELECT visitor_day FROM work)         -- … and which rows count
        AND cityHash64(visitor_id, event_id) NOT IN (SELECT copy FROM doubled)
),
came_again AS (
    SELECT visitor_id, event_id, at, type, source, webdriver, ua, page_id, url, referrer, kind, content_id, name, category,
           seen_ms, touched_ms, touches, clicks, engaged_ms, query, items, step, step_name
    FROM events
    WHERE site = {site:String} AND day IN {days:Array(Date)}
        AND visitor_id IN (SELECT visitor_id FROM doubled)                  -- mostly nobody: then nothing is read
        AND cityHash64(visitor_id, day) IN (SELECT visitor_day FROM work)
        AND cityHash64(visitor_id, event_id) IN (SELECT copy FROM doubled)
        AND (concat('v:', visitor_id), event_id, type) NOT IN (
            SELECT owner, event_id, type FROM crossed FINAL
            WHERE site = {site:String} AND owner IN (SELECT concat('v:', visitor_id) FROM doubled) AND lost)
    ORDER BY
        visitor_id, event_id, received_at, at, type, customer_id, order_id, source, step, step_name, query, kind, content_id,
        engaged_ms, seen_ms, touched_ms, touches, clicks, page_id, url, referrer, name, category, webdriver, ua, items
    LIMIT 1 BY visitor_id, event_id
)
SELECT
    cityHash64(visitor_id),
    visitor_id,
    event_id,
    toUnixTimestamp64Milli(at),
    type,
    multiIf(
        source = 'server' OR type IN ('consent', 'order_updated', 'order_watermark', 'customer_update', 'release'), 'attached',
        type IN ('content', 'engagement'), 'passive',
        'activity'),
    webdriver, ua,
    if(page_id = '', 0, cityHash64(visitor_id, page_id)),
    url, referrer,
    if(type = 'content', cityHash64(toString(kind), content_id), 0),
    kind, content_id, name, category,
    seen_ms, touched_ms, touches, clicks, engaged_ms, query,
    if(type = 'product_view', arrayMap(i -> (cityHash64('product', i.id), i.id, i.name, i.category), items), []),
    step, step_name
FROM (
    SELECT * FROM came_once
    UNION ALL
    SELECT * FROM came_again
)
