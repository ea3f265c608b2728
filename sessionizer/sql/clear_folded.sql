-- clear_folded.sql: an empty bench.
-- in    nothing
-- out   table folded without rows
TRUNCATE TABLE folded
