-- page_ledger.sql: what was refused and what the tags reported since the hour of a moment.
-- in    {site} {from_ms}
-- out   outcome (refused | noted), reason, events; the most frequent first
SELECT outcome, reason, sum(events) AS events
FROM ledger
WHERE site = {site:String} AND outcome IN ('refused', 'noted') AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'))
GROUP BY outcome, reason
HAVING events > 0
ORDER BY outcome, events DESC, reason
