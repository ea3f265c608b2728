-- corrections.sql: what persons said the sessions of some visitors were for.
-- in    {site:String} {visitor_ids:Array(String)}
-- out   visitor_id, session_id, label ('' = taken back), by, at_ms: everything that was said and is not merged away yet, oldest first; the last of a session counts
SELECT visitor_id, session_id, label, by, toUnixTimestamp64Milli(at) AS at_ms
FROM purpose_corrections
WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
ORDER BY version, session_id
