-- parts_left.sql: parts that a deletion or a merge has replaced and that still lie on disk.
-- in    {tables:Array(String)}
-- out   a row per part: part = its table and name
SELECT concat(table, '/', name) AS part
FROM system.parts
WHERE database = currentDatabase() AND NOT active AND table IN {tables:Array(String)}
