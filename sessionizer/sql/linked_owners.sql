-- linked_owners.sql: whose events name these customers or orders.
-- in    {site:String} {customers:Array(String)} {orders:Array(String)}
-- out   owner, each once
SELECT DISTINCT owner
FROM links
WHERE site = {site:String}
    AND ((kind = 'customer' AND id IN {customers:Array(String)}) OR (kind = 'order' AND id IN {orders:Array(String)}))
