-- bury_customers.sql: customers that no event names any more become tombstones.
-- in    {site:String} {customers:Array(String)} {built_at:DateTime64(3, 'UTC')}
-- out   rows of customers, one version up
INSERT INTO customers (site, customer_id, version, tombstone, content_hash, built_at, registered_at, attributes, consent)
SELECT site, customer_id, version + 1, true, 0, {built_at:DateTime64(3, 'UTC')}, registered_at, '{}', '{}'
FROM customers FINAL
WHERE site = {site:String} AND customer_id IN {customers:Array(String)} AND NOT tombstone
