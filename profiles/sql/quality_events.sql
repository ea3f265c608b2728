-- quality_events.sql: how many events happened in a stretch of time, by source.
-- in    {site:String} {from_ms:Int64} {to_ms:Int64}
-- out   source, events (each once), duplicates (rows beyond that), last_ms (when the last one was received)
SELECT source, uniqExact(event_id) AS events, count() - uniqExact(event_id) AS duplicates, toUnixTimestamp64Milli(max(received_at)) AS last_ms
FROM events
WHERE site = {site:String}
  AND day >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
  AND at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({to_ms:Int64})
GROUP BY source
ORDER BY source
