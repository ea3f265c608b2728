-- rebuild_work.sql: everything of these visitors is to be done anew.
-- in    {site:String} {from_visitor:String} {until_visitor:String, exclusive; '' = no end}
-- out   rows of work: the days with events, and those with sessions (whose events may be gone), as far back as raw events are kept
INSERT INTO work (site, visitor_id, day)
SELECT DISTINCT {site:String}, visitor_id, day
FROM (
    SELECT visitor_id, day FROM visitor_days
    WHERE site = {site:String} AND visitor_id >= {from_visitor:String} AND (visitor_id < {until_visitor:String} OR {until_visitor:String} = '')
    UNION ALL
    SELECT visitor_id, toDate(started_at) AS day FROM sessions
    WHERE site = {site:String} AND visitor_id >= {from_visitor:String} AND (visitor_id < {until_visitor:String} OR {until_visitor:String} = '')
)
WHERE day >= (SELECT min(day) FROM events WHERE site = {site:String})
