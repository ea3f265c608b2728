-- tombstones.sql: sessions of the rebuilt days that exist no more, each with the one that took its place.
-- in    {site:String} {built_at:DateTime64(3, 'UTC')}; tables built, work, stored_sessions
-- out   rows of changed: the visitor's session that covers the old one's beginning, else the nearest; '' where none is left
INSERT INTO changed (site, visitor_id, session_id, version, tombstone, superseded_by, built_at, started_at, ended_at, customer_id)
WITH gone AS (
    SELECT visitor_id, session_id, version, started_at, ended_at, customer_id
    FROM stored_sessions
    WHERE (visitor_id, toDate(started_at)) IN (SELECT visitor_id, day FROM work)
        AND NOT tombstone
        AND session_id NOT IN (SELECT session_id FROM built)
)
SELECT
    {site:String}, g.visitor_id, g.session_id, any(g.version) + 1, true,
    argMin(b.session_id, (
        multiIf(b.session_id = '', 0, g.started_at < b.started_at, dateDiff('millisecond', g.started_at, b.started_at),
                g.started_at > b.ended_at, dateDiff('millisecond', b.ended_at, g.started_at), 0),
        b.session_id)),
    {built_at:DateTime64(3, 'UTC')}, any(g.started_at), any(g.ended_at), any(g.customer_id)
FROM gone AS g
LEFT JOIN built AS b ON g.visitor_id = b.visitor_id
GROUP BY g.visitor_id, g.session_id
