-- changed.sql: the sessions just built that are new, or differ from what is stored, one version up.
-- in    tables built, stored_sessions
-- out   rows of changed (`built` and `changed` are twins of `sessions`, hence the stars)
INSERT INTO changed
SELECT b.* REPLACE (stored.version + 1 AS version)
FROM built AS b
LEFT JOIN stored_sessions AS stored ON b.session_id = stored.session_id
WHERE stored.version = 0 OR stored.tombstone OR stored.content_hash != b.content_hash
