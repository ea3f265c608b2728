-- bodies.sql: the bytes of these messages.
-- in    {sites:Array(String)} {subjects:Array(String)} {messages:Array(String)}
-- out   site, message_id, body
SELECT site, message_id, body
FROM messages FINAL
WHERE site IN {sites:Array(String)} AND subject IN {subjects:Array(String)} AND message_id IN {messages:Array(String)} AND body != ''
