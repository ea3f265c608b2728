-- forget_neighbours.sql: owners that share a customer or an order with the person, and stay: they are folded anew.
-- in    {site:String}; table forgetting
-- out   rows of forgetting: kind again
INSERT INTO forgetting (kind, id)
WITH gone AS (
    SELECT concat('v:', id) AS owner FROM forgetting WHERE kind = 'visitor'
    UNION ALL SELECT concat('c:', id) FROM forgetting WHERE kind = 'customer'
),
met AS (
    SELECT kind, id FROM links
    WHERE site = {site:String} AND (owner IN (SELECT owner FROM gone) OR owner IN (SELECT concat('v:', id) FROM forgetting WHERE kind = 'shared'))
    UNION ALL SELECT 'customer', id FROM forgetting WHERE kind IN ('customer', 'profile')
)
SELECT DISTINCT 'again', owner
FROM (
    SELECT owner FROM links WHERE site = {site:String} AND (kind, id) IN (SELECT kind, id FROM met)
    UNION ALL SELECT concat('c:', id) FROM forgetting WHERE kind = 'profile'
    UNION ALL SELECT concat('v:', id) FROM forgetting WHERE kind = 'shared'
)
WHERE owner NOT IN (SELECT owner FROM gone)
