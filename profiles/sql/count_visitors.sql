-- count_visitors.sql: how many rows erase_visitors.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM visitors WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)})
