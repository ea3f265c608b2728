-- due.sql: what may be sent now: of each webhook and subject the first that is not through, if its time has come; some of each webhook.
-- in    {webhooks:Array(String)} the enabled ones, {now_ms:Int64} {mine:String} whose claims hold, {alone:Bool} nobody else's do
-- out   deliveries (profiles/webhooks/deliveries.py), the longest due first
SELECT *
FROM (
    SELECT
        site, webhook_id, message_id, delivery_id, subject, sequence, type, toString(status) AS status, attempts,
        toUnixTimestamp64Milli(next_at) AS next_ms, claim, toUnixTimestamp64Milli(tried_at) AS tried_ms, answer, why, took_ms,
        toUnixTimestamp64Milli(created_at) AS created_ms, version
    FROM deliveries FINAL
    WHERE (site, webhook_id, subject, sequence, message_id) IN (
            SELECT site, webhook_id, subject, sequence, message_id FROM deliveries
            WHERE status IN ('waiting', 'sending') AND webhook_id IN {webhooks:Array(String)})
        AND deliveries.status IN ('waiting', 'sending') AND webhook_id IN {webhooks:Array(String)}
    ORDER BY site, webhook_id, subject, sequence, message_id
    LIMIT 1 BY site, webhook_id, subject
)
WHERE next_ms <= {now_ms:Int64} OR (status = 'sending' AND {alone:Bool} AND claim != {mine:String})
ORDER BY next_ms, delivery_id
LIMIT 60 BY webhook_id
