-- customers_count.sql: how many customers a list finds, by currency and by the reasons that leave them out.
-- Conditions are those of customers.sql, word by word (a test compares them); reasons say what contact_keys.sql says.
-- in    as these two, without {limit} and where to go on
-- out   currency, bits (as reasons there), found, worth
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
    ),
    running AS (
        SELECT campaign_id FROM campaigns FINAL
        WHERE {on_another_list:Bool} AND site = {site:String} AND state = 'running'
          AND from_at <= fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC') AND until_at > fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')
    ),
    told AS (   -- each key with what was told: 1 lately, 2 elsewhere, 3 both
        SELECT 4 * key + mark
        FROM (
            SELECT
                if({contacted_lately:Bool} AND at >= fromUnixTimestamp64Milli({contacted_ms:Int64}, 'UTC'), 1, 0)
                + if({on_another_list:Bool} AND list_id != {list_id:String} AND campaign_id IN running, 2, 0) AS mark,
                arrayJoin(if(customer_id = '',
                    arrayConcat(arrayMap(v -> cityHash64('v', v), visitor_ids), arrayMap(v -> cityHash64('a', v), visitor_ids)),
                    arrayPushFront(arrayMap(v -> cityHash64('v', v), visitor_ids), cityHash64('c', customer_id)))) AS key
            FROM contacts
            WHERE ({contacted_lately:Bool} OR {on_another_list:Bool}) AND site = {site:String} AND mark != 0
        )
    )
SELECT
    currency,
    reasons
    + 32 * arrayReduce('groupBitOr', arrayMap(k -> k % 4, arrayFilter(k -> k IN told, if({contacted_lately:Bool} OR {on_another_list:Bool},
        arrayConcat(arrayMap(k -> 4 * k + 1, owner_keys), arrayMap(k -> 4 * k + 2, owner_keys), arrayMap(k -> 4 * k + 3, owner_keys)), [])))) AS bits,
    count() AS found,
    sum(value) AS worth
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
      AND (NOT {orders_count_known:Bool}
           OR toDecimal64(length(kept), 4) BETWEEN toDecimal64({orders_count_min:String}, 4) AND toDecimal64({orders_count_max:String}, 4))
      AND (lifecycle != '' OR length(kept) BETWEEN {stage_orders_min:UInt32} AND {stage_orders_max:UInt32})
      AND ({revenue_currency:String} = '' OR (arrayExists(o -> o.currency = {revenue_currency:String}, kept)
           AND arraySum(o -> if(o.currency = {revenue_currency:String}, o.value - o.refunded, toDecimal64(0, 4)), kept)
               BETWEEN toDecimal64({revenue_min:String}, 4) AND toDecimal64({revenue_max:String}, 4)))
      AND (NOT {last_order_age_s_known:Bool} OR (notEmpty(kept) AND arrayMax(o -> toUnixTimestamp64Milli(o.at), kept)
           BETWEEN {last_order_age_s_from_ms:Int64} AND {last_order_age_s_to_ms:Int64}))
      AND ({has_abandoned_cart:Int8} = -1 OR toInt8(customer_id IN abandoned) = {has_abandoned_cart:Int8})
)
GROUP BY currency, bits
