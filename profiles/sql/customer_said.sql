-- customer_said.sql: what the company and the browsers of a customer said about them.
-- in    {site:String} {customer_id:String} {owners:Array(String)}   'c:' the customer and 'v:' each of the browsers
-- out   type (identify, customer_update, consent), at_ms, props; oldest first, of each event the copy received first
SELECT type, toUnixTimestamp64Milli(at) AS at_ms, props
FROM (
    SELECT type, at, event_id, props
    FROM owner_events
    WHERE site = {site:String} AND owner IN {owners:Array(String)} AND type IN ('identify', 'customer_update', 'consent')
        AND (type = 'consent' OR customer_id = {customer_id:String})
    ORDER BY received_at, at
    LIMIT 1 BY owner, event_id
)
ORDER BY at, event_id
