-- frozen.sql: how many rows an attempt at a pull has.
-- in    {site:String} {program_id:String} {pull_id:String} {attempt:String}
-- out   one row: handed_out, held_out
SELECT countIf(NOT frozen.held_out) AS handed_out, countIf(frozen.held_out) AS held_out
FROM pull_rows AS frozen
WHERE site = {site:String} AND program_id = {program_id:String} AND pull_id = {pull_id:String} AND attempt = {attempt:String}
