-- erasure_log.sql: what was erased when, and for whom; without saying who it was.
-- in    {site:String}
-- out   a row per erasure, newest first: at_ms, kind, asked_by, visitors, deleted (a JSON object)
SELECT toUnixTimestamp64Milli(at) AS at_ms, kind, asked_by, visitors, deleted
FROM erasure_log
WHERE site = {site:String}
ORDER BY at DESC
