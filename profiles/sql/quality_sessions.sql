-- quality_sessions.sql: sessions that began in a stretch of time, by the reason of their quarantine.
-- in    {site:String} {from_ms:Int64} {to_ms:Int64}
-- out   reason ('' = not quarantined), count
SELECT quarantine_reason AS reason, count() AS count
FROM sessions FINAL
WHERE site = {site:String} AND NOT tombstone
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND started_at < fromUnixTimestamp64Milli({to_ms:Int64})
GROUP BY reason
ORDER BY count DESC, reason
