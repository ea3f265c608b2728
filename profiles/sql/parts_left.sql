-- parts_left.sql: parts that a deletion has replaced and that still lie on disk.
-- in    {tables:Array(String)}
-- out   table and parts, only where there are any
SELECT table, count() AS parts
FROM system.parts
WHERE database = currentDatabase() AND NOT active AND table IN {tables:Array(String)}
GROUP BY table
