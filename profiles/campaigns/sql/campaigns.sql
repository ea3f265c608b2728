-- campaigns.sql: the campaigns of a site, the newest first.
-- in    {site:String}
-- out   campaign_id, name, state, from_ms, until_ms, created_ms, by, programs (JSON)
SELECT
    campaign_id, name, state, toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(until_at) AS until_ms,
    toUnixTimestamp64Milli(created_at) AS created_ms, by, programs
FROM campaigns FINAL
WHERE site = {site:String}
ORDER BY created_at DESC, campaign_id
