-- count_changed.sql: what publish.sql would write.
-- in    table changed
-- out   one row: sessions, tombstones
SELECT countIf(NOT tombstone) AS sessions, countIf(tombstone) AS tombstones FROM changed
