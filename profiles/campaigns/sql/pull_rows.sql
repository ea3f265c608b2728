-- pull_rows.sql: the rows of a pull as they were frozen, those handed out only, from one of them on.
-- in    {site:String} {program_id:String} {pull_id:String} {attempt:String} {after:UInt32, the last row that was read} {limit:UInt32}
-- out   row, cell, response_code, doc
SELECT row, cell, response_code, doc
FROM pull_rows
WHERE site = {site:String} AND program_id = {program_id:String} AND pull_id = {pull_id:String} AND attempt = {attempt:String}
    AND NOT held_out AND row > {after:UInt32}
ORDER BY row
LIMIT {limit:UInt32}
