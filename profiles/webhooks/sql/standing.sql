-- standing.sql: how it stands with each webhook: a try that failed after the last one that was taken means that it is failing.
-- in    {site:String} '' = of all sites
-- out   site, webhook_id, delivered, waiting (or being sent), dead, tried_ms (the last try, null = none), last_answer, last_why,
--       failing_ms (since when it takes nothing, null = it does not fail)
SELECT
    stood.site AS site, stood.webhook_id AS webhook_id, any(stood.delivered) AS delivered, any(stood.waiting) AS waiting, any(stood.dead) AS dead,
    toUnixTimestamp64Milli(any(stood.last_at)) AS tried_ms, any(stood.last_answer) AS last_answer, any(stood.last_why) AS last_why,
    minOrNullIf(failed.created_at, failed.tried_at > stood.taken_at) AS since,
    if(isNull(since), NULL, toUnixTimestamp64Milli(greatest(assumeNotNull(since), any(stood.taken_at)))) AS failing_ms
FROM (
    SELECT
        site, webhook_id, countIf(status = 'delivered') AS delivered, countIf(status IN ('waiting', 'sending')) AS waiting,
        countIf(status = 'dead') AS dead, max(tried_at) AS last_at,
        argMax(answer, coalesce(tried_at, toDateTime64(0, 3, 'UTC'))) AS last_answer,
        argMax(why, coalesce(tried_at, toDateTime64(0, 3, 'UTC'))) AS last_why,
        maxIf(assumeNotNull(tried_at), status = 'delivered') AS taken_at
    FROM deliveries FINAL
    WHERE {site:String} = '' OR site = {site:String}
    GROUP BY site, webhook_id
) AS stood
LEFT JOIN (
    SELECT site, webhook_id, tried_at, created_at
    FROM deliveries FINAL
    WHERE ({site:String} = '' OR site = {site:String}) AND status != 'delivered' AND why != ''
) AS failed ON stood.site = failed.site AND stood.webhook_id = failed.webhook_id
GROUP BY site, webhook_id
