-- stored_visitors.sql: what is stored of these visitors, as far as a new fold must know it.
-- in    {site:String} {first:String} {last:String} {visitors:Array(String)} those of them between the first and the last; [] = all that are there
-- out   id, version, content_hash, cart_ids, customer_ids, mark_times_ms and mark_numbers (of each element, in the same order)
SELECT
    visitor_id AS id,
    version,
    content_hash,
    cart_ids,
    claims.customer_id AS customer_ids,
    arrayMap(t -> toUnixTimestamp64Milli(t), marks.at) AS mark_times_ms,
    marks.mark AS mark_numbers
FROM visitors FINAL
WHERE site = {site:String}
    AND visitor_id BETWEEN {first:String} AND {last:String} AND (empty({visitors:Array(String)}) OR visitor_id IN {visitors:Array(String)})
