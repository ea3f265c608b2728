-- clear_doubled.sql: an empty bench.
-- in    nothing
-- out   table doubled without rows
TRUNCATE TABLE doubled
