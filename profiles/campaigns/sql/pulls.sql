-- pulls.sql: what was pulled for some programs, the newest first.
-- in    {site:String} {program_ids:Array(String)} {pull_id:String, '' = all}
-- out   program_id, pull_id, attempt, campaign_id, list_id, list_version, pulled_ms, by, found, suppressed, handed_out, held_out
SELECT program_id, pull_id, attempt, campaign_id, list_id, list_version, toUnixTimestamp64Milli(pulled_at) AS pulled_ms, by, found, suppressed, handed_out, held_out
FROM pulls
WHERE site = {site:String} AND program_id IN {program_ids:Array(String)} AND ({pull_id:String} = '' OR pull_id = {pull_id:String})
ORDER BY pulled_at DESC, pull_id
