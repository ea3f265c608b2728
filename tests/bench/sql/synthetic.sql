-- synthetic.sql: made-up visits, made where they are stored: 20 events per visitor, in two visits on two of 20 days.
-- in    {site:String} {first:UInt64, count:UInt64: which events} {first_day:Date}
-- out   rows of `events`; 5 % of them can change a cart or an owner; every event id once
INSERT INTO events (site, visitor_id, event_id, type, at, received_at, source, ip, ua, page_id, url, title, referrer, customer_id, kind, content_id, name, category,
                    seen_ms, seen_ratio, touched_ms, touches, clicks, engaged_ms, scroll_pct, query, results, items, order_id, value, currency)
WITH
    intDiv(number, 20) AS visitor,
    intDiv(number, 10) AS visit,
    number % 10 AS step,
    cityHash64(visit) AS dice,
    concat('P', toString(cityHash64(number, 'product') % 5000)) AS product,
    concat('c-', toString(visitor)) AS customer,
    dice % 5 = 0 AS carting,                              -- one visit in five puts things in the cart
    multiIf(step IN (0, 3), 'page_view', step = 4, 'product_view', step = 6 AND dice % 10 = 1, 'search', step = 8, 'engagement',
            carting AND step IN (5, 7), 'cart_add', carting AND step = 9 AND dice % 25 < 10, 'identify', carting AND step = 9 AND dice % 25 = 10, 'order',
            'content') AS what,
    multiIf(what != 'content', '', step = 1, 'category', step = 6, 'editorial', step = 7, 'promotion', 'product') AS tagged,
    toDateTime64({first_day:Date}, 3, 'UTC') + toIntervalMillisecond(
        86400000 * toInt64(cityHash64(visit, 'day') % 20) + 1000 * toInt64(28800 + cityHash64(visit, 'hour') % 40000) + 25000 * toInt64(step) + toInt64(dice % 1000)) AS happened,
    lower(leftPad(hex(toUnixTimestamp64Milli(happened)), 16, '0')) AS ms, substring(ms, 5) AS made   -- UUIDv7: an id begins with the time it was made
SELECT
    {site:String},
    concat('0199c0de-0000-7000-8000-', lower(leftPad(hex(visitor), 12, '0'))),
    concat(substring(made, 1, 8), '-', substring(made, 9, 4), '-7000-8000-', lower(leftPad(hex(number), 12, '0'))),
    what, happened, happened + toIntervalMillisecond(900), 'tag', '203.0.113.0',
    concat('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/', toString(120 + dice % 25), '.0.0.0 Safari/537.36'),
    concat('0199c0de-0002-7000-8000-', lower(leftPad(hex(visit * 2 + (step >= 3)), 12, '0'))),
    if(step < 3, 'https://shop.example/kitchen', concat('https://shop.example/p/', toString(dice % 5000))),
    if(step < 3, 'Kitchen', 'A thing for the kitchen'),
    multiIf(step > 0, '', dice % 3 = 0, 'https://www.google.com/', dice % 3 = 1, 'https://news.example/', ''),
    if(what IN ('identify', 'order'), customer, ''),
    tagged, if(tagged = '', '', concat(substring(tagged, 1, 1), product)), if(tagged = '', '', concat('Name of ', product)), if(tagged = 'product', 'kitchen/coffee', ''),
    if(what = 'content', 1000 + dice % 4000, 0), if(what = 'content', 0.9, 0), if(step = 5 AND what = 'content', 600, 0), step = 5 AND what = 'content', step = 5 AND what = 'content' AND dice % 4 = 1,
    if(what = 'engagement', 20000 + dice % 60000, 0), if(what = 'engagement', 70, 0),
    if(what = 'search', 'espresso', ''), if(what = 'search', 12, NULL),
    if(what IN ('product_view', 'cart_add'), [(product, concat('Name of ', product), 'kitchen/coffee', '', '', 19.9, 1, 'EUR')], []),
    if(what = 'order', concat('o-', toString(visit)), ''), if(what = 'order', 39.8, NULL), if(what = 'order', 'EUR', '')
FROM numbers({first:UInt64}, {count:UInt64})
