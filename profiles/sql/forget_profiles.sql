-- forget_profiles.sql: other customers whose profile names this person's browsers.
-- in    {site:String}; table forgetting
-- out   rows of forgetting: kind profile
INSERT INTO forgetting (kind, id)
SELECT DISTINCT 'profile', customer_id
FROM customers
ARRAY JOIN visitor_ids AS visitor
WHERE site = {site:String} AND visitor IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
    AND customer_id NOT IN (SELECT id FROM forgetting WHERE kind = 'customer')
