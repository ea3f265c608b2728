-- clear_parties.sql: an empty bench.
-- in    nothing
-- out   table parties without rows
TRUNCATE TABLE parties
