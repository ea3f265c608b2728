-- cart_history.sql: what happened to some carts.
-- in    {site:String} {cart_ids:Array(String)}
-- out   cart_id, currency, history (JSON, see sessionizer/history.py); each cart once, its latest version
SELECT cart_id, currency, history
FROM (
    SELECT cart_id, currency, history, tombstone FROM carts
    WHERE site = {site:String} AND cart_id IN {cart_ids:Array(String)}
    ORDER BY version DESC
    LIMIT 1 BY cart_id
)
WHERE NOT tombstone
