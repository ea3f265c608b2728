-- clear_stored_sessions.sql: an empty bench.
-- in    nothing
-- out   table stored_sessions without rows
TRUNCATE TABLE stored_sessions
