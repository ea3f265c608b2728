-- customers.sql: one page of the customers of a list, in the order of their ids.
-- in    {site}, where to go on {after: customer_id} {limit}; conditions and reasons as in carts.sql
--       {stage_orders_min} {stage_orders_max}: how many orders the wanted life-cycle stages need, where the CRM says nothing
-- out   row: one JSON object per customer (customers.py, CustomerRow); its reasons without the contacts, which are added later
WITH
    robots AS (
        SELECT customer_id
        FROM (
            SELECT customer_id, argMax((quarantine_reason != '', tombstone), version) AS latest
            FROM sessions
            WHERE {quarantined:Bool} AND site = {site:String}
              AND customer_id IN (SELECT customer_id FROM sessions WHERE {quarantined:Bool} AND site = {site:String} AND quarantine_reason != '')
            GROUP BY customer_id, session_id
        )
        WHERE customer_id != '' AND NOT latest.2
        GROUP BY customer_id HAVING min(latest.1)
    ),
    abandoned AS (
        SELECT customer_id FROM carts FINAL
        WHERE {has_abandoned_cart:Int8} != -1 AND site = {site:String} AND NOT tombstone AND state = 'abandoned' AND customer_id != ''
    )
SELECT formatRow('JSONEachRow',
    place, id, visitor_ids, owner_keys, value, currency, registered_ms, attributes, consent, cart_ids, crm_stage, crm_ms, all_orders, reasons) AS row
FROM (
    SELECT
        customer_id AS place, customer_id AS id, visitor_ids, toUnixTimestamp64Milli(registered_at) AS registered_ms, attributes, consent, cart_ids,
        lifecycle AS crm_stage, toUnixTimestamp64Milli(lifecycle_at) AS crm_ms,
        arrayMap(o -> (toUnixTimestamp64Milli(o.at), o.value, o.currency, o.status, o.refunded), orders) AS all_orders,
        arrayFilter(o -> o.status != 'cancelled', orders) AS kept,
        '' AS currency, toDecimal64(0, 4) AS value,
        arrayPushFront(arrayMap(v -> cityHash64('a', v), visitor_ids), cityHash64('c', customer_id)) AS owner_keys,
        if(
            JSONHas(consent, 'tracking') AND NOT JSONExtractBool(consent, 'tracking', 'granted')
            AND NOT (JSONHas(consent, 'marketing')
                     AND JSONExtractString(consent, 'marketing', 'at') > JSONExtractString(consent, 'tracking', 'at')),
            false, if(JSONHas(consent, 'marketing'), JSONExtractBool(consent, 'marketing', 'granted'), NULL)) AS marketing,
        toUInt8({no_consent:Bool} AND ifNull(NOT marketing, false))
        + 2 * toUInt8({consent_unknown:Bool} AND marketing IS NULL)
        + 8 * toUInt8({quarantined:Bool} AND customer_id IN robots) AS reasons
    FROM customers FINAL
    WHERE site = {site:String} AND NOT tombstone
      AND customer_id > {after:String}
      AND (NOT {orders_count_known:Bool}
           OR toDecimal64(length(kept), 4) BETWEEN toDecimal64({orders_count_min:String}, 4) AND toDecimal64({orders_count_max:String}, 4))
      AND (lifecycle != '' OR length(kept) BETWEEN {stage_orders_min:UInt32} AND {stage_orders_max:UInt32})
      AND ({revenue_currency:String} = '' OR (arrayExists(o -> o.currency = {revenue_currency:String}, kept)
           AND arraySum(o -> if(o.currency = {revenue_currency:String}, o.value - o.refunded, toDecimal64(0, 4)), kept)
               BETWEEN toDecimal64({revenue_min:String}, 4) AND toDecimal64({revenue_max:String}, 4)))
      AND (NOT {last_order_age_s_known:Bool} OR (notEmpty(kept) AND arrayMax(o -> toUnixTimestamp64Milli(o.at), kept)
           BETWEEN {last_order_age_s_from_ms:Int64} AND {last_order_age_s_to_ms:Int64}))
      AND ({has_abandoned_cart:Int8} = -1 OR toInt8(customer_id IN abandoned) = {has_abandoned_cart:Int8})
    ORDER BY site, customer_id
    LIMIT {limit:UInt32}
)
ORDER BY place
