-- robots.sql: carts that only robots visited.
-- Of a cart that lives: every session at whose end it was the owner's cart is in quarantine. A cart that has ended may be no session's any more: of that,
-- every session of its visitors while it lived (as carts.py says it of one cart).
-- in    {site:String} {ended:Bool, carts that have ended are looked for too}
-- out   ids: one row with all of them
WITH
    suspects AS (SELECT cart_key FROM sessions WHERE site = {site:String} AND quarantine_reason != '' AND cart_key != 0),
    visits AS (
        SELECT cart_id, argMax((quarantine_reason != '', tombstone), version) AS latest
        FROM sessions
        WHERE site = {site:String} AND cart_key IN suspects
        GROUP BY cart_id, session_id
    ),
    robots AS (SELECT cart_id FROM visits WHERE NOT latest.2 GROUP BY cart_id HAVING min(latest.1)),
    visitors_suspected AS (SELECT visitor_id FROM sessions WHERE {ended:Bool} AND site = {site:String} AND quarantine_reason != ''),
    lives AS (
        SELECT cart_id, arrayJoin(visitor_ids) AS visitor_id, opened_at, closed_at
        FROM carts FINAL
        WHERE {ended:Bool} AND site = {site:String} AND NOT tombstone AND closed_at IS NOT NULL
          AND arrayExists(v -> v IN visitors_suspected, visitor_ids)
    ),
    meanwhile AS (
        SELECT visitor_id, argMax((quarantine_reason != '', tombstone, started_at, ended_at), version) AS latest
        FROM sessions
        WHERE {ended:Bool} AND site = {site:String} AND visitor_id IN (SELECT visitor_id FROM lives)
        GROUP BY visitor_id, session_id
    ),
    ended AS (
        SELECT cart_id
        FROM lives INNER JOIN meanwhile USING (visitor_id)
        WHERE NOT latest.2 AND latest.3 <= closed_at AND latest.4 >= opened_at
        GROUP BY cart_id
        HAVING min(latest.1)
    )
SELECT groupArray(cart_id) AS ids
FROM (
    SELECT cart_id FROM robots
    WHERE NOT {ended:Bool} OR cart_id NOT IN (SELECT cart_id FROM carts FINAL WHERE {ended:Bool} AND site = {site:String} AND closed_at IS NOT NULL)
    UNION ALL
    SELECT cart_id FROM ended
)
