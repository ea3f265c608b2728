-- rules.sql: the rules of a site, as they are now.
-- in    {site:String} '' = of every site   {rule_id:String} '' = all
-- out   one row per rule that was not removed, the oldest first
SELECT site, rule_id, enabled, toUnixTimestamp64Milli(since) AS since_ms, toUnixTimestamp64Milli(created_at) AS created_ms,
       toUnixTimestamp64Milli(changed_at) AS changed_ms, by, doc, version
FROM (
    SELECT site, rule_id, enabled, since, created_at, changed_at, by, doc, removed, version
    FROM rules
    WHERE ({site:String} = '' OR site = {site:String}) AND ({rule_id:String} = '' OR rule_id = {rule_id:String})
    ORDER BY version DESC
    LIMIT 1 BY site, rule_id
)
WHERE NOT removed
ORDER BY created_ms, rule_id
