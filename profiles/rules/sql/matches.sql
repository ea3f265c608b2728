-- matches.sql: whom a rule met last.
-- in    {site:String} {rule_id:String} {limit:UInt32}
-- out   rows as in rule_matches, the latest first
SELECT match_id, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(found_at) AS found_ms, subject, subject_id, person, customer_id, visitor_ids,
       cell, response_code, suppressed, action, target, toUnixTimestamp64Milli(until_at) AS until_ms, done, why
FROM rule_matches FINAL
WHERE site = {site:String} AND rule_id = {rule_id:String}
ORDER BY at DESC, match_id
LIMIT {limit:UInt32}
