-- session_versions.sql: the latest version of some sessions; tombstones too.
-- in    {site:String} {visitor_ids:Array(String)} {session_ids:Array(String)}
-- out   session_id, version
SELECT session_id, max(version) AS version
FROM sessions
WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)} AND session_id IN {session_ids:Array(String)}
GROUP BY session_id
