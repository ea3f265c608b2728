-- cart_categories.sql: the categories of what lies in some carts, with what is above them.
-- in    {site:String} {cart_ids:Array(String)}
-- out   cart_id, categories
SELECT cart_id, categories
FROM carts
WHERE site = {site:String} AND cart_id IN {cart_ids:Array(String)}
ORDER BY version DESC
LIMIT 1 BY cart_id
