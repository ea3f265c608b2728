-- mend_links.sql: the links of stored events once more, by the words of the two views of links (schema 0001).
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)}
-- out   rows of links; what was there already is replaced by its like
INSERT INTO links
SELECT DISTINCT site, met.1 AS kind, met.2 AS id, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner
FROM events
ARRAY JOIN [('customer', customer_id), ('order', if(type IN ('order', 'refund', 'order_cancelled', 'order_updated'), order_id, ''))] AS met
WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
    AND met.2 != ''
SETTINGS insert_deduplicate = 0
