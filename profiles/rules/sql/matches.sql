-- matches.sql: whom a rule met, the latest first.
-- in    {site:String} {rule_id:String} {from_ms:Int64} met at this moment or later
--       {cursor_ms:Int64} {cursor_id:String}   only what is older than this; FAR_MS and '' = from the latest
--       {limit:UInt32}
-- out   rows as in rule_matches
SELECT match_id, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(found_at) AS found_ms, subject, subject_id, person, customer_id, visitor_ids,
       cell, response_code, suppressed, action, target, toUnixTimestamp64Milli(until_at) AS until_ms, done, why
FROM rule_matches FINAL
WHERE site = {site:String} AND rule_id = {rule_id:String} AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
  AND (at, match_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY at DESC, match_id DESC
LIMIT {limit:UInt32}
