-- told.sql: what was told of these carts.
-- in    {site:String} {subjects:Array(String)} cart:ID each
-- out   subject, message_id, type, sequence, payload
SELECT subject, message_id, type, sequence, payload
FROM messages FINAL
WHERE site = {site:String} AND subject IN {subjects:Array(String)} AND type IN ('cart.abandoned', 'cart.recovered', 'cart.retracted')
