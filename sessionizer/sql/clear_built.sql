-- clear_built.sql: an empty bench.
-- in    nothing
-- out   table built without rows
TRUNCATE TABLE built
