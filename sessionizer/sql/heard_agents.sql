-- heard_agents.sql: the user agents of the work.
-- in    table heard
-- out   ua
SELECT DISTINCT ua FROM heard WHERE ua != ''
