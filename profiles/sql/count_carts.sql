-- count_carts.sql: how many rows erase_carts.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM carts WHERE site = {site:String} AND (customer_id = {customer_id:String} OR hasAny(visitor_ids, {visitor_ids:Array(String)}))
