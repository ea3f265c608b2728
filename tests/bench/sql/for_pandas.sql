-- for_pandas.sql: the columns that tests/bench/pandas_sessions.py works on.
-- in    {site:String} {limit:UInt64}
-- out   one row per event
SELECT
    visitor_id, event_id, toString(type) AS type, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(received_at) AS received_ms, toString(source) AS source,
    webdriver, ua, page_id, url, referrer, customer_id, toString(kind) AS kind, content_id, name, category, seen_ms, touched_ms, touches, clicks, engaged_ms, query,
    toJSONString(items) AS items, step, step_name, order_id, ifNull(toString(value), '') AS value, toString(currency) AS currency, props
FROM events
WHERE site = {site:String}
ORDER BY visitor_id
LIMIT {limit:UInt64}
