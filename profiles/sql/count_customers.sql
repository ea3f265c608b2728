-- count_customers.sql: how many rows erase_customers.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM customers WHERE site = {site:String} AND (customer_id = {customer_id:String})
