-- superseded.sql: sessions of some visitors that exist no longer, and what has their events now.
-- in    {site:String} {visitor_ids:Array(String)}
-- out   session_id, superseded_by ('' = nothing)
SELECT session_id, superseded_by
FROM (
    SELECT visitor_id, session_id, tombstone, superseded_by
    FROM sessions
    WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY visitor_id, session_id
)
WHERE tombstone
