-- stored.sql: every row of a site as it lies in `events`, rows that are the same in all of this counted together.
-- in    {site:String}
-- out   event_id, visitor_id, sending (the `v` of the batch), what the sender told (type, url, title, name, props, items), copies
SELECT event_id, visitor_id, tag_version AS sending, type, url, title, name, props, toJSONString(items) AS items, count() AS copies
FROM events
WHERE site = {site:String}
GROUP BY event_id, visitor_id, sending, type, url, title, name, props, items
