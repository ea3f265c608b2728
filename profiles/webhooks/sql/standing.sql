-- standing.sql: how it stands with each webhook of a site.
-- in    {site:String}
-- out   webhook_id, delivered, waiting (or being sent), dead, tried_ms (the last try, null = none), last_answer, last_why
SELECT
    webhook_id,
    countIf(status = 'delivered') AS delivered,
    countIf(status IN ('waiting', 'sending')) AS waiting,
    countIf(status = 'dead') AS dead,
    toUnixTimestamp64Milli(max(tried_at)) AS tried_ms,
    argMax(answer, coalesce(tried_at, toDateTime64(0, 3, 'UTC'))) AS last_answer,
    argMax(why, coalesce(tried_at, toDateTime64(0, 3, 'UTC'))) AS last_why
FROM deliveries FINAL
WHERE site = {site:String}
GROUP BY webhook_id
