-- fired.sql: how often each rule of a site was met, by cell and by the reason why nothing was done.
-- in    {site:String} {rule_id:String} '' = all
-- out   rule_id, cell ('' = held out), reason ('' = none; of a match with several each is counted), matches, last_ms
SELECT rule_id, cell, reason, count() AS matches, toUnixTimestamp64Milli(max(at)) AS last_ms
FROM rule_matches FINAL
ARRAY JOIN if(empty(suppressed), [''], arrayMap(r -> toString(r), suppressed)) AS reason
WHERE site = {site:String} AND ({rule_id:String} = '' OR rule_id = {rule_id:String})
GROUP BY rule_id, cell, reason
ORDER BY rule_id, cell, reason
