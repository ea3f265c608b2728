-- recount.sql: what the targets of the materialized views hold of a site, beside what they should hold by `events`.
-- in    {site:String}
-- out   target, stored, counted: equal where every insert was counted once, also those that were sent again
SELECT 'events' AS target, count() AS stored, uniqExact(event_id) AS counted FROM events WHERE site = {site:String}
UNION ALL
SELECT 'arrivals' AS target, count() AS stored, (SELECT uniqExact(visitor_id, toDate(at)) FROM events WHERE site = {site:String}) AS counted
FROM arrivals WHERE site = {site:String}
UNION ALL
SELECT 'rows of arrivals' AS target, sum(owner_rows) AS stored,
    (SELECT uniqExactIf(event_id, type IN ('cart_add', 'identify')) FROM events WHERE site = {site:String}) AS counted
FROM arrivals WHERE site = {site:String}
UNION ALL
SELECT 'visitor_days' AS target, count() AS stored, (SELECT uniqExact(visitor_id, toDate(at)) FROM events WHERE site = {site:String}) AS counted
FROM visitor_days FINAL WHERE site = {site:String}
UNION ALL
SELECT 'owner_events' AS target, count() AS stored,
    (SELECT uniqExactIf(event_id, type IN ('cart_add', 'identify')) FROM events WHERE site = {site:String}) AS counted
FROM owner_events WHERE site = {site:String}
UNION ALL
SELECT 'links' AS target, count() AS stored, (SELECT uniqExact(customer_id) FROM events WHERE site = {site:String} AND customer_id != '') AS counted
FROM links FINAL WHERE site = {site:String}
