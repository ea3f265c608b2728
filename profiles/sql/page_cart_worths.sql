-- page_cart_worths.sql: what the cart was worth after each change a visitor saw.
-- in    {site} {visitor_id} {from_ms} {to_ms}
-- out   at_ms, value, currency
SELECT toUnixTimestamp64Milli(moment.at) AS at_ms, moment.value AS value, moment.currency AS currency
FROM (SELECT cart_moments FROM visitors FINAL WHERE site = {site:String} AND visitor_id = {visitor_id:String})
ARRAY JOIN cart_moments AS moment
WHERE at_ms BETWEEN {from_ms:Int64} AND {to_ms:Int64}
