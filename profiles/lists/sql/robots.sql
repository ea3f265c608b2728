-- robots.sql: carts that only robots visited: every session at whose end it was the owner's cart is in quarantine.
-- in    {site:String}
-- out   ids: one row with all of them
WITH
    suspects AS (SELECT cart_key FROM sessions WHERE site = {site:String} AND quarantine_reason != '' AND cart_key != 0),
    visits AS (
        SELECT cart_id, argMax((quarantine_reason != '', tombstone), version) AS latest
        FROM sessions
        WHERE site = {site:String} AND cart_key IN suspects
        GROUP BY cart_id, session_id
    ),
    robots AS (SELECT cart_id FROM visits WHERE NOT latest.2 GROUP BY cart_id HAVING min(latest.1))
SELECT groupArray(cart_id) AS ids
FROM robots
