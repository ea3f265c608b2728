-- deliveries_again.sql: these deliveries as they are stored now.
-- in    {sites:Array(String)} {webhooks:Array(String)} {subjects:Array(String)} {messages:Array(String)}
-- out   deliveries (profiles/webhooks/deliveries.py)
SELECT
    site, webhook_id, message_id, delivery_id, subject, sequence, type, toString(status) AS status, attempts,
    toUnixTimestamp64Milli(next_at) AS next_ms, claim, toUnixTimestamp64Milli(tried_at) AS tried_ms, answer, why, took_ms,
    toUnixTimestamp64Milli(created_at) AS created_ms, version
FROM deliveries FINAL
WHERE site IN {sites:Array(String)} AND webhook_id IN {webhooks:Array(String)} AND subject IN {subjects:Array(String)}
    AND message_id IN {messages:Array(String)}
