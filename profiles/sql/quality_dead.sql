-- quality_dead.sql: lines that could not be stored, by reason.
-- in    {site:String} {from_ms:Int64} {to_ms:Int64}
-- out   reason, count; the most frequent first
SELECT reason, count() AS count
FROM dead_letters
WHERE site = {site:String} AND at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({to_ms:Int64})
GROUP BY reason
ORDER BY count DESC, reason
