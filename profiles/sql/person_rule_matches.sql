-- person_rule_matches.sql: what rules met of a person.
-- in    {site:String} {customer_id:String} '' = a browser   {visitor_ids:Array(String)} theirs alone   {shared:Array(String)} others used them too
-- out   one row per match, oldest first; at_ms, rule_id, subject, subject_id, cell ('' = held out), response_code, suppressed, action, target, why
SELECT toUnixTimestamp64Milli(at) AS at_ms, rule_id, match_id, subject, subject_id, cell, response_code, suppressed, action, target, why
FROM rule_matches FINAL
WHERE site = {site:String}
  AND (({customer_id:String} != '' AND customer_id = {customer_id:String})
       OR hasAny(visitor_ids, {visitor_ids:Array(String)})
       OR (customer_id = '' AND hasAny(visitor_ids, {shared:Array(String)})))
ORDER BY at, rule_id, match_id
