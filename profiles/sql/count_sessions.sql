-- count_sessions.sql: how many rows erase_sessions.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM sessions WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR customer_id = {customer_id:String})
