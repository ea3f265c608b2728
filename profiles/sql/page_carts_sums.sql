-- page_carts_sums.sql: what a filter of the carts page finds, per currency (money of two currencies is never added up).
-- in    {site} {state} {stage} {min_value} {from_ms} {contact} {bought_since_ms}, as in page_carts.sql
-- out   currency, carts, value, contactable, in_checkout
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
            currency, value, stage,
            coalesce(multiIf(state = 'open', touched_at, state = 'abandoned', abandoned_at, closed_at), touched_at) AS happened_at,
            customer_id != '' AND JSONExtractRaw(doc, 'consent', 'marketing') = 'true'
                AND NOT hasAny(JSONExtract(doc, 'items', 'Array(Tuple(id String))').id, bought.ids) AS may_contact
        FROM carts FINAL
        LEFT JOIN bought USING (customer_id)
        WHERE site = {site:String} AND NOT tombstone
          AND ({state:String} = '' OR state = {state:String})
          AND ({stage:String} = '' OR stage = {stage:String})
          AND value >= toDecimal64({min_value:String}, 4)
    )
SELECT currency, count() AS carts, sum(value) AS value, countIf(may_contact) AS contactable, countIf(stage != 'cart') AS in_checkout
FROM carts_now
WHERE happened_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND ({contact:String} = '' OR may_contact = ({contact:String} = 'yes'))
GROUP BY currency
ORDER BY value DESC
