-- undone.sql: matches that were written and about which nothing was done yet: a process ended in between.
-- in    {since_ms:Int64} found at this time or later
-- out   rows as in rule_matches, the oldest first
SELECT site, rule_id, match_id, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(found_at) AS found_ms, subject, subject_id, person,
       customer_id, visitor_ids, cell, response_code, suppressed, action, target, toUnixTimestamp64Milli(until_at) AS until_ms, done, why, version
FROM rule_matches FINAL
WHERE NOT done AND empty(suppressed) AND cell != '' AND found_at >= fromUnixTimestamp64Milli({since_ms:Int64})
ORDER BY found_at, match_id
LIMIT 1000
