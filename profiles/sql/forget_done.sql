-- forget_done.sql: the erasure is over.
-- in    table forgetting
-- out   nothing
TRUNCATE TABLE forgetting
