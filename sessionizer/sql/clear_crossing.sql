-- clear_crossing.sql: an empty bench.
-- in    nothing
-- out   table crossing without rows
TRUNCATE TABLE crossing
