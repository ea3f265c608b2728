-- count_visitor_days.sql: how many rows erase_visitor_days.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM visitor_days WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)})
