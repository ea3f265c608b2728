-- forget_carts.sql: the carts that this person's browsers touched.
-- in    {site:String}; table forgetting
-- out   rows of forgetting: kind cart
INSERT INTO forgetting (kind, id)
SELECT DISTINCT 'cart', cart_id
FROM carts
ARRAY JOIN visitor_ids AS visitor
WHERE site = {site:String} AND visitor IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
