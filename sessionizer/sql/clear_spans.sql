-- clear_spans.sql: an empty bench.
-- in    nothing
-- out   table spans without rows
TRUNCATE TABLE spans
