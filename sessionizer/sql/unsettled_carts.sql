-- unsettled_carts.sql: whose carts were touched so late that an order feed that begins now has a say in them.
-- in    {site:String} {since:DateTime64(3, 'UTC')}
-- out   customer_id, visitor_ids of each such cart
SELECT customer_id, visitor_ids
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone AND touched_at > {since:DateTime64(3, 'UTC')}
