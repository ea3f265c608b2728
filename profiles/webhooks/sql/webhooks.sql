-- webhooks.sql: the webhooks of a site, oldest first.
-- in    {site:String} '' = of all sites
-- out   site, webhook_id, url, types, description, enabled, why, secrets and until_ms (of each, in the same order), created_ms, version
SELECT
    site, webhook_id, url, types, description, enabled, why, secrets.secret AS secrets,
    arrayMap(t -> toUnixTimestamp64Milli(t), secrets.until) AS until_ms, toUnixTimestamp64Milli(created_at) AS created_ms, version
FROM webhooks FINAL
WHERE ({site:String} = '' OR site = {site:String}) AND NOT removed
ORDER BY site, created_at, webhook_id
