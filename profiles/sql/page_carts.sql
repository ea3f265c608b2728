-- page_carts.sql: carts for a page or a CSV, the latest first.
-- in    {site} {cart_id: '' = any} {customer_id: '' = any} {visitor_id: '' = any, else every cart it touched} {state: '' = any} {stage: '' = any}
--       {min_value} {from_ms: what made the state what it is happened at or after} {contact: '' | yes | no}
--       {bought_since_ms: whoever bought one of the items since then is not written to} {cursor_ms} {cursor_id} {limit}
-- out   one row per cart; happened_ms = last touch of an open one, abandonment of an abandoned one, end of the others
WITH
    bought AS (
        SELECT customer_id, arrayDistinct(arrayFlatten(arrayMap(o -> o.items.id,
            arrayFilter(o -> o.status != 'cancelled' AND o.at >= fromUnixTimestamp64Milli({bought_since_ms:Int64}, 'UTC'), orders)))) AS ids
        FROM customers FINAL
        WHERE site = {site:String} AND NOT tombstone
          AND customer_id IN (SELECT customer_id FROM carts WHERE site = {site:String} AND customer_id != '' AND ({state:String} = '' OR state = {state:String}))
    ),
    carts_now AS (
        SELECT
            cart_id, version, customer_id, visitor_ids, state, stage, items_count, value, currency, opened_at, touched_at, abandoned_at, closed_at, next_at, doc,
            coalesce(multiIf(state = 'open', touched_at, state = 'abandoned', abandoned_at, closed_at), touched_at) AS happened_at,
            customer_id != '' AND JSONExtractRaw(doc, 'consent', 'marketing') = 'true'
                AND NOT hasAny(JSONExtract(doc, 'items', 'Array(Tuple(id String))').id, bought.ids) AS may_contact
        FROM carts FINAL
        LEFT JOIN bought USING (customer_id)
        WHERE site = {site:String} AND NOT tombstone
          AND ({cart_id:String} = '' OR cart_id = {cart_id:String})
          AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
          AND ({visitor_id:String} = '' OR has(visitor_ids, {visitor_id:String}))
          AND ({state:String} = '' OR state = {state:String})
          AND ({stage:String} = '' OR stage = {stage:String})
          AND value >= toDecimal64({min_value:String}, 4)
    )
SELECT
    cart_id, version, customer_id, visitor_ids, state, stage, items_count, value, currency,
    toUnixTimestamp64Milli(opened_at) AS opened_ms,
    toUnixTimestamp64Milli(touched_at) AS touched_ms,
    toUnixTimestamp64Milli(abandoned_at) AS abandoned_ms,
    toUnixTimestamp64Milli(closed_at) AS closed_ms,
    toUnixTimestamp64Milli(next_at) AS next_ms,
    toUnixTimestamp64Milli(assumeNotNull(happened_at)) AS happened_ms,
    may_contact, doc
FROM carts_now
WHERE happened_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND ({contact:String} = '' OR may_contact = ({contact:String} = 'yes'))
  AND (happened_at, cart_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}, 'UTC'), {cursor_id:String})
ORDER BY happened_at DESC, cart_id DESC
LIMIT {limit:UInt32}
