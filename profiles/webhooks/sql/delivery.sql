-- delivery.sql: one delivery of a webhook.
-- in    {site:String} {webhook_id:String} {delivery_id:String}
-- out   deliveries (profiles/webhooks/deliveries.py), one or none
SELECT
    site, webhook_id, message_id, delivery_id, subject, sequence, type, toString(status) AS status, attempts,
    toUnixTimestamp64Milli(next_at) AS next_ms, claim, toUnixTimestamp64Milli(tried_at) AS tried_ms, answer, why, took_ms,
    toUnixTimestamp64Milli(created_at) AS created_ms, version
FROM deliveries FINAL
WHERE site = {site:String} AND webhook_id = {webhook_id:String} AND delivery_id = {delivery_id:String}
