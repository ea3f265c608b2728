-- progress.sql: up to where the changes of a site were looked at.
-- in    {site:String}
-- out   no row or one
SELECT position, toUnixTimestamp64Milli(clock_at) AS clock_ms
FROM rule_progress FINAL
WHERE site = {site:String}
