-- recount.sql: what the targets of the materialized views hold of a site, beside what they should hold by `events`.
-- in    {site:String}
-- out   target, stored, counted: equal where nothing is missing and every event counts once, also of what was sent again; each visitor-day has
--       an arrival that is not older than its events, and may have several
SELECT 'events' AS target, count() AS stored, uniqExact(event_id) AS counted FROM events WHERE site = {site:String}
UNION ALL
SELECT 'arrivals' AS target, uniqExactIf((visitor_id, day), told_at >= inserted_at) AS stored, uniqExact(visitor_id, day) AS counted
FROM (SELECT visitor_id, toDate(at) AS day, max(inserted_at) AS inserted_at FROM events WHERE site = {site:String} GROUP BY visitor_id, day) AS heard
LEFT JOIN (SELECT visitor_id, day, max(inserted_at) AS told_at FROM arrivals WHERE site = {site:String} GROUP BY visitor_id, day) AS told
USING (visitor_id, day)
UNION ALL
SELECT 'rows of arrivals' AS target, sum(owner_rows) AS stored,
    (SELECT uniqExactIf(event_id, type IN ('cart_add', 'identify')) FROM events WHERE site = {site:String}) AS counted
FROM (SELECT max(owner_rows) AS owner_rows FROM arrivals WHERE site = {site:String} GROUP BY visitor_id, day)
UNION ALL
SELECT 'visitor_days' AS target, count() AS stored, (SELECT uniqExact(visitor_id, toDate(at)) FROM events WHERE site = {site:String}) AS counted
FROM visitor_days FINAL WHERE site = {site:String}
UNION ALL
SELECT 'owner_events' AS target, uniqExact(event_id) AS stored,
    (SELECT uniqExactIf(event_id, type IN ('cart_add', 'identify')) FROM events WHERE site = {site:String}) AS counted
FROM owner_events WHERE site = {site:String}
UNION ALL
SELECT 'links' AS target, count() AS stored, (SELECT uniqExact(customer_id) FROM events WHERE site = {site:String} AND customer_id != '') AS counted
FROM links FINAL WHERE site = {site:String}
