-- told_links.sql: which owners shared browsers meet, from the events that are left. The same as *_links_of_events in 0001_events.sql.
-- in    {site:String}; table forgetting
-- out   rows of links
INSERT INTO links (site, kind, id, owner)
SELECT DISTINCT site, link.1, link.2, concat('v:', visitor_id)
FROM events
ARRAY JOIN [
    ('customer', customer_id),
    ('order', if(type IN ('order', 'refund', 'order_cancelled', 'order_updated'), order_id, ''))
] AS link
WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind = 'shared') AND link.2 != ''
