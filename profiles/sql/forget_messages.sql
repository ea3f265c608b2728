-- forget_messages.sql: what was told of this person; of a browser that others use too, what names nobody else.
-- in    {site:String}; table forgetting
-- out   rows of forgetting: kind message
INSERT INTO forgetting (kind, id)
SELECT DISTINCT 'message', message_id
FROM messages
ARRAY JOIN arrayConcat(arrayMap(v -> ('visitor', v), visitor_ids), arrayMap(c -> ('customer', c), customer_ids)) AS named
WHERE site = {site:String} AND (
    named IN (SELECT toString(kind), id FROM forgetting WHERE kind IN ('visitor', 'customer'))
    OR (empty(customer_ids) AND named IN (SELECT 'visitor', id FROM forgetting WHERE kind = 'shared'))
)
