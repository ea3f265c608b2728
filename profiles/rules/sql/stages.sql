-- stages.sql: customers whose stage of the life cycle was told as changed since the last look.
-- in    {site:String} {after_ms:Int64} {until_ms:Int64}   told in (after, until]
-- out   id
SELECT DISTINCT arrayJoin(customer_ids) AS id
FROM messages
WHERE site = {site:String} AND type = 'customer.lifecycle_changed'
  AND created_at > fromUnixTimestamp64Milli({after_ms:Int64}) AND created_at <= fromUnixTimestamp64Milli({until_ms:Int64})
