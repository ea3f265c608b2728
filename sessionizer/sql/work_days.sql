-- work_days.sql: what the work spans.
-- in    table work
-- out   one row: days, visitors (how many)
SELECT arraySort(groupUniqArray(day)) AS days, uniqExact(visitor_id) AS visitors FROM work
