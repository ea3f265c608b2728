-- clear_work.sql: an empty bench.
-- in    nothing
-- out   table work without rows
TRUNCATE TABLE work
