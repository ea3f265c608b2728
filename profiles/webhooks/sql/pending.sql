-- pending.sql: messages of which not every webhook has its delivery yet, oldest first, after a place in that order.
-- in    {after_ms:Int64} {after_site:String} {after_subject:String} {after_sequence:UInt64} {after_message:String} {limit:UInt32}
-- out   site, subject, sequence, message_id, type, target, at_ms, created_ms, visitor_ids, customer_ids, payload, stage, body, version
SELECT
    site, subject, sequence, message_id, type, target, toUnixTimestamp64Milli(at) AS at_ms, toUnixTimestamp64Milli(created_at) AS created_ms,
    visitor_ids, customer_ids, payload, toString(stage) AS stage, body, version
FROM messages FINAL
WHERE (site, subject, sequence, message_id) IN (SELECT site, subject, sequence, message_id FROM messages WHERE stage != 'done')
    AND messages.stage != 'done'
    AND (created_ms, site, subject, sequence, message_id)
        > ({after_ms:Int64}, {after_site:String}, {after_subject:String}, {after_sequence:UInt64}, {after_message:String})
ORDER BY created_ms, site, subject, sequence, message_id
LIMIT {limit:UInt32}
