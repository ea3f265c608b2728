-- robots.sql: carts that only robots visited: every session at whose end it was the owner's cart is in quarantine.
-- in    {site:String}
-- out   ids: one row with all of them
WITH
    suspects AS (SELECT cart_id FROM sessions WHERE site = {site:String} AND quarantine_reason != '' AND cart_id != ''),
    visits AS (
        SELECT argMax((cart_id, quarantine_reason != '', tombstone), version) AS latest
        FROM sessions
        WHERE site = {site:String}
          AND visitor_id IN (SELECT visitor_id FROM sessions WHERE site = {site:String} AND cart_id IN suspects)
        GROUP BY visitor_id, session_id
    )
SELECT groupArray(cart_id) AS ids
FROM (
    SELECT latest.1 AS cart_id FROM visits WHERE NOT latest.3 AND latest.1 IN suspects
    GROUP BY cart_id HAVING min(latest.2)
)
