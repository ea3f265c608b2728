-- codes.sql: whose some response codes are.
-- in    {site:String} {response_codes:Array(String)}
-- out   a row per code that was given out: response_code, kind (cell | rule), owner_id, cell
SELECT response_code, kind, owner_id, cell
FROM response_codes
WHERE site = {site:String} AND response_code IN {response_codes:Array(String)}
ORDER BY response_code, made_at, owner_id
LIMIT 1 BY response_code
