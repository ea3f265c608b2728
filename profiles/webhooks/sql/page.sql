-- page.sql: the deliveries of a webhook, the newest first.
-- in    {site:String} {webhook_id:String} {status:String} '' = any, {cursor_ms:Int64} {cursor_id:String} {limit:UInt32}
-- out   deliveries (profiles/webhooks/deliveries.py)
SELECT
    site, webhook_id, message_id, delivery_id, subject, sequence, type, toString(status) AS status, attempts,
    toUnixTimestamp64Milli(next_at) AS next_ms, claim, toUnixTimestamp64Milli(tried_at) AS tried_ms, answer, why, took_ms,
    toUnixTimestamp64Milli(created_at) AS created_ms, version
FROM deliveries FINAL
WHERE site = {site:String} AND webhook_id = {webhook_id:String} AND ({status:String} = '' OR toString(deliveries.status) = {status:String})
    AND (created_ms, delivery_id) < ({cursor_ms:Int64}, {cursor_id:String})
ORDER BY created_ms DESC, delivery_id DESC
LIMIT {limit:UInt32}
