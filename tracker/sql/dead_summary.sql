-- dead_summary.sql: the dead letters, added up by site and reason.
-- in    {site:String} {reason:String}, '' = every one; {limit:UInt32}, how many lines of the answer
-- out   site, reason, count, first_ms, last_ms, message and line of the latest; the most frequent first
SELECT
    site, reason, count() AS count, toUnixTimestamp64Milli(min(at)) AS first_ms, toUnixTimestamp64Milli(max(at)) AS last_ms,
    argMax(dead_letters.message, at) AS message, argMax(dead_letters.line, at) AS line
FROM dead_letters
WHERE ({site:String} = '' OR site = {site:String}) AND ({reason:String} = '' OR reason = {reason:String})
GROUP BY site, reason
ORDER BY count DESC, site, reason
LIMIT {limit:UInt32}
