-- carts_marks.sql: ids of carts, about one in a thousand: marks between which a list is read. Without bounds each page would read ahead in every part.
-- in    {site:String} {after:String}
-- out   ids: one row with those beyond `after`, in order
SELECT arraySort(groupArray(cart_id)) AS ids
FROM carts
WHERE site = {site:String} AND cart_id > {after:String} AND cityHash64(cart_id) % 1024 = 0
