-- stages_due.sql: whose stage the clock may have changed.
-- in    {site:String} {now_ms:Int64} {limit:UInt32}
-- out   customer_id, the longest due first
SELECT customer_id
FROM stages_told FINAL
WHERE site = {site:String} AND next_at <= fromUnixTimestamp64Milli({now_ms:Int64})
ORDER BY next_at
LIMIT {limit:UInt32}
