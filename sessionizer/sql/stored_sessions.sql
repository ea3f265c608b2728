-- stored_sessions.sql: what is stored of the visitors at work, in the months of their days.
-- in    {site:String} {days:Array(Date)}; table work; sessions
-- out   rows of stored_sessions
-- edge  a session's name holds its month, so one that is built anew is found there; and only what began on a day of the work can be gone
INSERT INTO stored_sessions (visitor_id, session_id, version, tombstone, content_hash, started_at, ended_at, customer_id)
SELECT visitor_id, session_id, version, tombstone, content_hash, started_at, ended_at, customer_id
FROM sessions FINAL
WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM work)
    AND toYYYYMM(started_at) BETWEEN toYYYYMM(arrayMin({days:Array(Date)})) AND toYYYYMM(arrayMax({days:Array(Date)}))
