-- progress.sql: up to where the changes of a site were looked at.
-- in    {site:String} '' = no site: who looks, in the place of where, and until when (profiles/rules/lease.py)
-- out   no row or one
SELECT position, toUnixTimestamp64Milli(clock_at) AS clock_ms, version
FROM rule_progress FINAL
WHERE site = {site:String}
