-- person_orders.sql: browsers that told of an order of this customer without being known as theirs: a guest, or a visit without consent.
-- in    {site:String} {customer_id:String}
-- out   a row per browser: visitor_id, times = when they told of it, in ms
SELECT visitor_id, arraySort(groupUniqArray(toUnixTimestamp64Milli(at))) AS times
FROM owner_events
WHERE site = {site:String} AND visitor_id != ''
    AND order_id IN (SELECT order_id FROM owner_events WHERE site = {site:String} AND customer_id = {customer_id:String} AND order_id != '')
GROUP BY visitor_id
ORDER BY visitor_id
