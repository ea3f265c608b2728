-- count_links.sql: how many rows erase_links.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM links WHERE site = {site:String} AND ((kind = 'customer' AND id = {customer_id:String}) OR owner = concat('c:', {customer_id:String}) OR owner IN arrayMap(v -> concat('v:', v), {visitor_ids:Array(String)}))
