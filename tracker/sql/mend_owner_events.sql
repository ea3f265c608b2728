-- mend_owner_events.sql: rows of owner_events that stored events should have left, by the words of its view (schema 0008).
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)} {owners:Array(String)}
-- out   what is missing in owner_events
INSERT INTO owner_events
SELECT
    site, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
    visitor_id, event_id, type, at, received_at, source, url, customer_id, items, step, step_name, order_id, value, currency, props, inserted_at
FROM events
WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
    AND (type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order', 'refund', 'order_cancelled', 'order_updated', 'order_watermark',
                  'identify', 'logout', 'consent', 'customer_update', 'release', 'response')
         OR (type = 'page_view' AND match(url, '(?i)[?&](rc=[^&#]|utm_medium=(e-?mail|newsletter|sms|mms|push|messenger|whatsapp))')))
    AND (site, owner, at, event_id, type) NOT IN (
        SELECT site, owner, at, event_id, type FROM owner_events WHERE site IN {sites:Array(String)} AND owner IN {owners:Array(String)}
    )
SETTINGS insert_deduplicate = 0
