-- publish.sql: show what changed, in one step, so that a reader never sees half.
-- in    table changed
-- out   rows of sessions (`changed` is its twin, hence the star)
INSERT INTO sessions
SELECT * FROM changed
