-- give_up.sql: what waits for a webhook that is removed will never be sent.
-- in    {site:String} {webhook_id:String}
-- out   rows of deliveries, one version up: dead
INSERT INTO deliveries
    (site, webhook_id, message_id, delivery_id, subject, sequence, type, status, attempts, next_at, tried_at, answer, why, took_ms, created_at, version)
SELECT
    site, webhook_id, message_id, delivery_id, subject, sequence, type, 'dead', attempts, next_at, tried_at, answer, 'the webhook was removed', took_ms,
    created_at, version + 1
FROM deliveries FINAL
WHERE site = {site:String} AND webhook_id = {webhook_id:String} AND status IN ('waiting', 'sending')
