-- owners_without_visitor.sql: customers that a server named, and all customers ever folded.
-- in    {site:String}
-- out   owner
SELECT DISTINCT owner FROM (
    SELECT owner FROM owner_events WHERE site = {site:String} AND owner > 'c:' AND owner < 'd'
    UNION ALL
    SELECT concat('c:', customer_id) AS owner FROM customers WHERE site = {site:String}
)
