-- clear_changed.sql: an empty bench.
-- in    nothing
-- out   table changed without rows
TRUNCATE TABLE changed
