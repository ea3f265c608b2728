-- dangling_carts.sql: carts of which was told what their row does not say: the step that told it broke off before the row was written.
--                    By versions, not by times: a clock may have been put back in between.
-- in    {site:String} {since:DateTime64(3, 'UTC')} when the oldest message was put that can matter
-- out   cart_id, each once
WITH told AS (
    SELECT substring(subject, 6) AS cart_id, max(JSONExtractUInt(payload, 'data', 'version')) AS latest,
        argMax(JSONExtractString(payload, 'data', 'retracts', 'why'), sequence) IN ('moved', 'gone') AS is_gone
    FROM messages
    WHERE site = {site:String} AND created_at >= {since:DateTime64(3, 'UTC')} AND type IN ('cart.abandoned', 'cart.recovered', 'cart.retracted')
    GROUP BY cart_id
)
SELECT told.cart_id AS cart_id
FROM told
LEFT JOIN (
    SELECT cart_id, max(version) AS latest, argMax(tombstone, version) AS is_buried
    FROM carts
    WHERE site = {site:String} AND cart_id IN (SELECT cart_id FROM told)
    GROUP BY cart_id
) AS stored ON told.cart_id = stored.cart_id
WHERE told.latest > stored.latest OR (told.is_gone AND NOT stored.is_buried)
