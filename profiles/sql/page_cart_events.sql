-- page_cart_events.sql: what its owners did to a cart, each event once, oldest first.
-- in    {site} {owners: 'v:' visitor, 'c:' customer} {from_ms} {to_ms}
-- out   the columns a story is told from
SELECT event_id, type, at_ms, source, customer_id, items, step, step_name, order_id, value, currency, props
FROM (
    SELECT event_id, type, toUnixTimestamp64Milli(at) AS at_ms, source, customer_id, items, step, step_name, order_id, value, currency, props
    FROM owner_events
    WHERE site = {site:String} AND owner IN {owners:Array(String)} AND type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order')
        AND (owner, event_id, type) NOT IN (
            SELECT owner, event_id, type FROM crossed FINAL WHERE site = {site:String} AND owner IN {owners:Array(String)} AND lost)
    ORDER BY received_at, at, event_id
    LIMIT 1 BY event_id
)
WHERE at_ms BETWEEN {from_ms:Int64} AND {to_ms:Int64}
ORDER BY at_ms, event_id
LIMIT 500
