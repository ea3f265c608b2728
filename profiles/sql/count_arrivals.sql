-- count_arrivals.sql: how many rows erase_arrivals.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM arrivals WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR owner = concat('c:', {customer_id:String}))
