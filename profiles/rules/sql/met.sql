-- met.sql: what a rule met before, of these matches or of these people.
-- in    {site:String} {rule_id:String} {match_ids:Array(String)} {customer_ids:Array(String)} {visitor_ids:Array(String)}
-- out   one row per match, the oldest first
SELECT match_id, toUnixTimestamp64Milli(at) AS at_ms, person, customer_id, visitor_ids, suppressed, version
FROM rule_matches FINAL
WHERE site = {site:String} AND rule_id = {rule_id:String}
  AND (match_id IN {match_ids:Array(String)}
       OR (customer_id != '' AND customer_id IN {customer_ids:Array(String)})
       OR hasAny(visitor_ids, {visitor_ids:Array(String)}))
ORDER BY at, match_id
