-- clear_heard.sql: an empty bench.
-- in    nothing
-- out   table heard without rows
TRUNCATE TABLE heard
