-- sessions_count.sql: how many sessions a list finds, by currency and by the reasons that leave them out.
-- Conditions are those of sessions.sql, word by word (a test compares them); reasons say what contact_keys.sql says.
-- in    as these two, without {limit} and where to go on
-- out   currency, bits (as reasons there), found, worth
WITH
    said AS (
        SELECT customer_id,
            if(
                JSONHas(consent, 'tracking') AND NOT JSONExtractBool(consent, 'tracking', 'granted')
                AND NOT (JSONHas(consent, 'marketing')
                         AND JSONExtractString(consent, 'marketing', 'at') > JSONExtractString(consent, 'tracking', 'at')),
                false, if(JSONHas(consent, 'marketing'), JSONExtractBool(consent, 'marketing', 'granted'), NULL)) AS marketing
        FROM customers FINAL
        WHERE ({no_consent:Bool} OR {consent_unknown:Bool}) AND site = {site:String} AND NOT tombstone
    ),
    bought AS (
        SELECT concat('c:', customer_id) AS owner, orders.at AS ats, orders.status AS statuses, orders.items.id AS item_ids
        FROM customers FINAL
        WHERE {bought_same_item_30d:Bool} AND site = {site:String} AND NOT tombstone
        UNION ALL
        SELECT concat('v:', visitor_id) AS owner, orders.at AS ats, orders.status AS statuses, orders.items.id AS item_ids
        FROM visitors FINAL
        WHERE {bought_same_item_30d:Bool} AND site = {site:String}
    ),
    bought_lately AS (
        SELECT cityHash64(owner, arrayJoin(ids)) AS pair
        FROM bought ARRAY JOIN ats AS at, statuses AS status, item_ids AS ids
        WHERE status != 'cancelled' AND at >= fromUnixTimestamp64Milli({now_ms:Int64} - 2592000000, 'UTC')
          AND at <= fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')
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
        concat(visitor_id, '/', session_id) AS place, session_id AS id, visitor_id, customer_id, cart_value AS value, cart_currency AS currency,
        cart_items AS items, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms, engaged_ms, page_views,
        channel, campaign, device_type, session_purpose AS label, identified_how, quarantine_reason,
        round(toFloat64(multiIf(purpose = 'browsing', score_browsing, purpose = 'purchase', score_purchase, score_information)), 4) AS confidence,
        (transform(session_id, {corrected:Array(String)}, {corrected:Array(String)}, '') != '')::Bool AS is_corrected,
        products.id AS product_ids, products.category AS product_categories, content.id AS content_ids, length(purchases) AS orders,
        if(customer_id = '', [cityHash64('v', visitor_id)], [cityHash64('c', customer_id), cityHash64('a', visitor_id)]) AS owner_keys,
        transform(session_id, {corrected:Array(String)}, {corrected_labels:Array(String)}, 
            if(purpose = '', 'information', toString(purpose))) AS session_purpose,
        toUInt8({no_consent:Bool} AND ((customer_id = '' AND startsWith(visitor_id, 'day-'))
            OR customer_id IN (SELECT customer_id FROM said WHERE NOT marketing)))
        + 2 * toUInt8({consent_unknown:Bool} AND customer_id NOT IN (SELECT customer_id FROM said WHERE marketing IS NOT NULL))
        + 4 * toUInt8({bought_same_item_30d:Bool} AND arrayExists(
            i -> cityHash64(if(customer_id = '', concat('v:', visitor_id), concat('c:', customer_id)), i) IN bought_lately,
            arrayConcat(products.id, cart_items.id)))
        + 8 * toUInt8({quarantined:Bool} AND quarantine_reason != '')
        + 16 * toUInt8({below_value:Bool} AND arrayExists(
            (c, least) -> c = cart_currency AND cart_value < toDecimal64(least, 4),
            {least_currencies:Array(String)}, {least_values:Array(String)})) AS reasons
    FROM sessions FINAL
    WHERE site = {site:String} AND NOT tombstone
      AND (empty({status_in:Array(String)})
           OR if(ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'), 'open', 'closed') IN {status_in:Array(String)})
      AND if(ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC'), 'open', 'closed') NOT IN {status_out:Array(String)}
      AND (empty({purpose_in:Array(String)}) OR session_purpose IN {purpose_in:Array(String)}) AND session_purpose NOT IN {purpose_out:Array(String)}
      AND (empty({device_in:Array(String)}) OR device_type IN {device_in:Array(String)}) AND device_type NOT IN {device_out:Array(String)}
      AND (empty({channel_in:Array(String)}) OR channel IN {channel_in:Array(String)}) AND channel NOT IN {channel_out:Array(String)}
      AND (empty({campaign_in:Array(String)}) OR campaign IN {campaign_in:Array(String)}) AND campaign NOT IN {campaign_out:Array(String)}
      AND (NOT {page_views_known:Bool}
           OR toDecimal64(page_views, 4) BETWEEN toDecimal64({page_views_min:String}, 4) AND toDecimal64({page_views_max:String}, 4))
      AND (NOT {purchases_known:Bool}
           OR toDecimal64(length(purchases), 4) BETWEEN toDecimal64({purchases_min:String}, 4) AND toDecimal64({purchases_max:String}, 4))
      AND (NOT {duration_s_known:Bool} OR toDecimal64(toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(started_at), 4) / 1000
           BETWEEN toDecimal64({duration_s_min:String}, 4) AND toDecimal64({duration_s_max:String}, 4))
      AND (NOT {engaged_s_known:Bool}
           OR toDecimal64(engaged_ms, 4) / 1000 BETWEEN toDecimal64({engaged_s_min:String}, 4) AND toDecimal64({engaged_s_max:String}, 4))
      AND (NOT {quiet_age_s_known:Bool} OR toUnixTimestamp64Milli(ended_at) BETWEEN {quiet_age_s_from_ms:Int64} AND {quiet_age_s_to_ms:Int64})
      AND (empty({products_viewed_any:Array(Array(String))})
           OR arrayAll(wanted -> hasAny(products.id, wanted), {products_viewed_any:Array(Array(String))}))
      AND (empty({products_viewed_all:Array(String)}) OR hasAll(products.id, {products_viewed_all:Array(String)}))
      AND (empty({products_viewed_none:Array(String)}) OR NOT hasAny(products.id, {products_viewed_none:Array(String)}))
      AND (empty({content_seen_any:Array(Array(String))}) OR arrayAll(wanted -> hasAny(content.id, wanted), {content_seen_any:Array(Array(String))}))
      AND (empty({content_seen_all:Array(String)}) OR hasAll(content.id, {content_seen_all:Array(String)}))
      AND (empty({content_seen_none:Array(String)}) OR NOT hasAny(content.id, {content_seen_none:Array(String)}))
      AND ({cart_value_currency:String} = '' OR ((cart_id != '' OR cart_added != 0 OR cart_removed != 0)
           AND cart_currency = {cart_value_currency:String}
           AND cart_value BETWEEN toDecimal64({cart_value_min:String}, 4) AND toDecimal64({cart_value_max:String}, 4)))
      AND ({customer_known:Int8} = -1 OR toInt8(customer_id != '') = {customer_known:Int8})
)
GROUP BY currency, bits
