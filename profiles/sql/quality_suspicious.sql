-- quality_suspicious.sql: customers that more browsers were identified as than a person has: an id that stands for many, a kiosk, a till.
-- in    {site:String} {from_ms:Int64} {to_ms:Int64, exclusive: when they were identified} {most:UInt32, browsers that are no wonder yet}
-- out   customer_id, visitors; the most first
SELECT customer_id, visitors
FROM (
    SELECT claim.customer_id AS customer_id, uniqExact(visitor_id) AS visitors
    FROM visitors FINAL
    ARRAY JOIN claims AS claim
    WHERE site = {site:String}
      AND visitor_id IN (      -- mostly nobody: then few rows are read
          SELECT arrayJoin(visitor_ids) FROM customers FINAL
          WHERE site = {site:String} AND NOT tombstone AND length(visitor_ids) > {most:UInt32})
      AND claim.identified_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND claim.identified_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    GROUP BY customer_id
)
WHERE visitors > {most:UInt32}
ORDER BY visitors DESC, customer_id
LIMIT 100
