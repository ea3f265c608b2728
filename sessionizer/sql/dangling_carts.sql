-- dangling_carts.sql: carts with a message younger than their row: the step that told it broke off before the row was written.
-- in    {site:String} {since:DateTime64(3, 'UTC')} when the oldest message was put that can matter
-- out   cart_id, each once
SELECT told.cart_id AS cart_id
FROM (
    SELECT substring(subject, 6) AS cart_id, max(created_at) AS latest_at
    FROM messages
    WHERE site = {site:String} AND created_at >= {since:DateTime64(3, 'UTC')} AND type IN ('cart.abandoned', 'cart.recovered', 'cart.retracted')
    GROUP BY cart_id
) AS told
LEFT JOIN (
    SELECT cart_id, max(built_at) AS row_at
    FROM carts
    WHERE site = {site:String} AND built_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY cart_id
) AS built ON told.cart_id = built.cart_id
WHERE told.latest_at > built.row_at
