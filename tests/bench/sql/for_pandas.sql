-- for_pandas.sql: the columns that tests/bench/pandas_sessions.py works on.
-- in    {site:String} {limit:UInt64}
-- out   one row per event
SELECT
    visitor_id, event_id, type, toUnixTimestamp64Milli(at) AS at_ms, page_id, url, kind, content_id, name, seen_ms, touched_ms, touches, clicks, engaged_ms, query,
    if(type = 'cart_add', items.id[1], '') AS item_id, toFloat64(if(type = 'cart_add', items.price[1], 0)) AS price
FROM events
WHERE site = {site:String}
ORDER BY visitor_id
LIMIT {limit:UInt64}
