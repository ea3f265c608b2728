-- stored_sessions.sql: what is stored of the visitors at work, on the days of the work.
-- in    {site:String} {days:Array(Date)}; table work; sessions
-- out   rows of stored_sessions, the latest version of each session
-- edge  a session is named by its first event: where a copy of that came with another day, both days are at work (tied_days.sql). So one that is built anew
--       is found here; and only what began on a day of the work can be gone. Not FINAL: that would read every column before it looks at the day
INSERT INTO stored_sessions (visitor_id, session_id, version, tombstone, content_hash, started_at, ended_at, customer_id)
SELECT visitor_id, session_id, version, tombstone, content_hash, started_at, ended_at, customer_id
FROM sessions
WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM work)
    AND toDate(started_at) BETWEEN arrayMin({days:Array(Date)}) AND arrayMax({days:Array(Date)})
ORDER BY visitor_id, session_id, version DESC
LIMIT 1 BY visitor_id, session_id
