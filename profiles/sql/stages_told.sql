-- stages_told.sql: which stage was told last of some customers.
-- in    {site:String} {customer_ids:Array(String)}
-- out   customer_id, stage, told, next_ms, version
SELECT customer_id, stage, told, toUnixTimestamp64Milli(next_at) AS next_ms, version
FROM stages_told FINAL
WHERE site = {site:String} AND customer_id IN {customer_ids:Array(String)}
