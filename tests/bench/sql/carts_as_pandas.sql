-- carts_as_pandas.sql: the product's carts of the same visitors, to be compared with those of pandas.
-- in    {site:String} {last:String} the last visitor
-- out   state, carts (how many), value (of all of them)
SELECT toString(state) AS state, count() AS carts, toFloat64(sum(value)) AS value
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone AND visitor_ids[1] <= {last:String}
GROUP BY state
ORDER BY state
