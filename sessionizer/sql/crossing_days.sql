-- crossing_days.sql: where the copies lie.
-- in    table crossing
-- out   one row: days, ids (how many)
SELECT arraySort(groupUniqArrayArray(days)) AS days, count() AS ids FROM crossing
