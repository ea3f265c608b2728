-- settled.sql: up to when everything that was inserted into this database can be seen, on a server.
-- in    -
-- out   at_ms, by the server's clock: now, or the start of the oldest insert that is still under way, whoever sends it
-- edge  without the right SHOW PROCESSLIST a user sees its own queries only: let all parts of the product use one user
SELECT toUnixTimestamp64Milli(now64(3)) - toInt64(ceil(max(elapsed) * 1000)) AS at_ms
FROM system.processes
WHERE query_kind = 'Insert' AND current_database = currentDatabase()
