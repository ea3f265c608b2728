-- changed.sql: the sessions just built that are new, or differ from what is stored, one version up.
-- in    {site:String}; tables built, work; sessions
-- out   rows of changed (`built` and `changed` are twins of `sessions`, hence the stars)
INSERT INTO changed
SELECT b.* REPLACE (stored.version + 1 AS version)
FROM built AS b
LEFT JOIN (
    SELECT session_id, version, content_hash, tombstone
    FROM sessions FINAL
    WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM work)
) AS stored ON b.session_id = stored.session_id
WHERE stored.version = 0 OR stored.tombstone OR stored.content_hash != b.content_hash
