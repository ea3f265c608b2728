-- retractions.sql: carts that a pull handed out as abandoned, and that were not, as is known by now: a late order or a late touch says so.
-- in    {site:String} {program_id:String} {pull_id:String} {attempt:String}
-- out   row, cart_id, customer_id, visitor_ids, at_ms (since when it is known), why (bought | touched | gone), in the order of the pull
WITH
    handed AS (
        SELECT row, subject_id AS cart_id, customer_id, visitor_ids, pulled_at
        FROM pull_rows
        WHERE site = {site:String} AND program_id = {program_id:String} AND pull_id = {pull_id:String} AND attempt = {attempt:String}
            AND NOT held_out AND subject = 'cart' AND JSONExtractString(doc, 'state') = 'abandoned'
    ),
    known AS (
        SELECT
            cart_id, tombstone, state, built_at,
            JSONExtract(doc, 'abandonments', 'Array(Tuple(at String, until Nullable(String)))') AS spells
        FROM carts FINAL
        WHERE site = {site:String} AND cart_id IN (SELECT cart_id FROM handed)
    ),
    told AS (
        SELECT substring(subject, 6) AS cart_id, min(created_at) AS at
        FROM messages
        WHERE site = {site:String} AND subject IN (SELECT concat('cart:', cart_id) FROM handed) AND type = 'cart.retracted'
        GROUP BY subject
    )
SELECT
    handed.row AS row, handed.cart_id AS cart_id, handed.customer_id AS customer_id, handed.visitor_ids AS visitor_ids,
    toUnixTimestamp64Milli(if(told.at >= handed.pulled_at, told.at, greatest(known.built_at, handed.pulled_at))) AS at_ms,
    multiIf(known.tombstone, 'gone', known.state IN ('bought', 'recovered'), 'bought', 'touched') AS why
FROM handed
INNER JOIN known ON known.cart_id = handed.cart_id
LEFT JOIN told ON told.cart_id = handed.cart_id
WHERE known.tombstone OR NOT arrayExists(
    spell -> parseDateTime64BestEffort(spell.at, 3, 'UTC') <= handed.pulled_at
        AND (isNull(spell.until) OR parseDateTime64BestEffort(assumeNotNull(spell.until), 3, 'UTC') > handed.pulled_at),
    known.spells)
ORDER BY row
