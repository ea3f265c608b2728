-- person_messages.sql: what was told of a person, and which addresses took it, oldest first.
-- in    {site:String} {customer_id:String} '' = a browser {visitor_ids:Array(String)} this person's alone, {shared:Array(String)} others use them too
-- out   message_id, type, at_ms, told (JSON), taken_by
SELECT message_id, type, at_ms, told, arraySort(groupUniqArrayIf(url, taken)) AS taken_by
FROM (
    SELECT message_id, type, toUnixTimestamp64Milli(at) AS at_ms, if(body != '', body, payload) AS told
    FROM messages FINAL
    WHERE site = {site:String} AND (
        ({customer_id:String} != '' AND has(customer_ids, {customer_id:String})) OR hasAny(visitor_ids, {visitor_ids:Array(String)})
        OR (empty(customer_ids) AND hasAny(visitor_ids, {shared:Array(String)}))
    )
) AS spoken
LEFT JOIN (
    SELECT message_id, url, status = 'delivered' AS taken
    FROM deliveries FINAL
    INNER JOIN (SELECT webhook_id, url FROM webhooks FINAL WHERE site = {site:String}) AS heard USING webhook_id
    WHERE site = {site:String}
) AS sent USING message_id
GROUP BY message_id, type, at_ms, told
ORDER BY at_ms, message_id
