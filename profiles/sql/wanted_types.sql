-- wanted_types.sql: which sites have a webhook that takes a type of message.
-- in    {types:Array(String)}
-- out   site, type, since_ms: when the first of those webhooks was made
SELECT site, type, toUnixTimestamp64Milli(min(created_at)) AS since_ms
FROM (
    SELECT site, created_at, if(empty(types), {types:Array(String)}, types) AS taken
    FROM webhooks FINAL
    WHERE enabled AND NOT removed
)
ARRAY JOIN arrayIntersect(taken, {types:Array(String)}) AS type
GROUP BY site, type
