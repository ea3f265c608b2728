-- carts_count.sql: how many carts a list finds, by currency and by the reasons that leave them out.
-- Conditions are those of carts.sql, word by word (a test compares them); reasons say what robots.sql and contact_keys.sql say.
-- in    as these three, without {after} and {limit}; {quarantined:Bool}
-- out   currency, bits (as reasons there), found, worth
WITH
    suspects AS (SELECT cart_key FROM sessions WHERE {quarantined:Bool} AND site = {site:String} AND quarantine_reason != '' AND cart_key != 0),
    visits AS (
        SELECT cart_key, argMax((quarantine_reason != '', tombstone), version) AS latest
        FROM sessions
        WHERE {quarantined:Bool} AND site = {site:String} AND cart_key IN suspects
        GROUP BY cart_key, session_id
    ),
    robots AS (SELECT cart_key FROM visits WHERE NOT latest.2 GROUP BY cart_key HAVING min(latest.1)),
    visitors_suspected AS (
        SELECT visitor_id FROM sessions WHERE {quarantined:Bool} AND {ended:Bool} AND site = {site:String} AND quarantine_reason != ''
    ),
    lives AS (
        SELECT cart_id, arrayJoin(visitor_ids) AS visitor_id, opened_at, closed_at
        FROM carts FINAL
        WHERE {quarantined:Bool} AND {ended:Bool} AND site = {site:String} AND NOT tombstone AND closed_at IS NOT NULL
          AND arrayExists(v -> v IN visitors_suspected, visitor_ids)
    ),
    meanwhile AS (
        SELECT visitor_id, argMax((quarantine_reason != '', tombstone, started_at, ended_at), version) AS latest
        FROM sessions
        WHERE {quarantined:Bool} AND {ended:Bool} AND site = {site:String} AND visitor_id IN (SELECT visitor_id FROM lives)
        GROUP BY visitor_id, session_id
    ),
    ended AS (
        SELECT cart_id
        FROM lives INNER JOIN meanwhile USING (visitor_id)
        WHERE NOT latest.2 AND latest.3 <= closed_at AND latest.4 >= opened_at
        GROUP BY cart_id
        HAVING min(latest.1)
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
    toUInt8({no_consent:Bool} AND (nameless OR ifNull(NOT marketing, false)))
    + 2 * toUInt8({consent_unknown:Bool} AND marketing IS NULL)
    + 4 * toUInt8({bought_same_item_30d:Bool} AND ifNull(item_bought_at >= fromUnixTimestamp64Milli({now_ms:Int64} - 2592000000, 'UTC'), false))
    + 16 * toUInt8({below_value:Bool} AND arrayExists(
        (c, least) -> c = currency AND value < toDecimal64(least, 4), {least_currencies:Array(String)}, {least_values:Array(String)}))
    + 8 * toUInt8({quarantined:Bool} AND if({ended:Bool} AND closed_at IS NOT NULL, cart_id IN ended, cityHash64(cart_id) IN robots))
    + 32 * arrayReduce('groupBitOr', arrayMap(k -> k % 4, arrayFilter(k -> k IN told, if({contacted_lately:Bool} OR {on_another_list:Bool},
        arrayConcat(arrayMap(k -> 4 * k + 1, owner_keys), arrayMap(k -> 4 * k + 2, owner_keys), arrayMap(k -> 4 * k + 3, owner_keys)), [])))) AS bits,
    count() AS found,
    sum(value) AS worth
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone
  AND (empty({state_in:Array(String)}) OR state IN {state_in:Array(String)}) AND state NOT IN {state_out:Array(String)}
  AND (empty({stage_in:Array(String)}) OR stage IN {stage_in:Array(String)}) AND stage NOT IN {stage_out:Array(String)}
  AND (empty({currency_in:Array(String)}) OR currency IN {currency_in:Array(String)}) AND currency NOT IN {currency_out:Array(String)}
  AND ({value_currency:String} = ''
       OR (currency = {value_currency:String} AND value BETWEEN toDecimal64({value_min:String}, 4) AND toDecimal64({value_max:String}, 4)))
  AND (NOT {age_s_known:Bool} OR toUnixTimestamp64Milli(touched_at) BETWEEN {age_s_from_ms:Int64} AND {age_s_to_ms:Int64})
  AND (NOT {abandoned_age_s_known:Bool}
       OR toUnixTimestamp64Milli(abandoned_at) BETWEEN {abandoned_age_s_from_ms:Int64} AND {abandoned_age_s_to_ms:Int64})
  AND (NOT {items_count_known:Bool} OR items_count BETWEEN toDecimal64({items_count_min:String}, 4) AND toDecimal64({items_count_max:String}, 4))
  AND (empty({items_any:Array(Array(String))}) OR arrayAll(wanted -> hasAny(item_ids, wanted), {items_any:Array(Array(String))}))
  AND (empty({items_all:Array(String)}) OR hasAll(item_ids, {items_all:Array(String)}))
  AND (empty({items_none:Array(String)}) OR NOT hasAny(item_ids, {items_none:Array(String)}))
  AND (empty({categories_any:Array(Array(String))}) OR arrayAll(wanted -> hasAny(categories, wanted), {categories_any:Array(Array(String))}))
  AND (empty({categories_all:Array(String)}) OR hasAll(categories, {categories_all:Array(String)}))
  AND (empty({categories_none:Array(String)}) OR NOT hasAny(categories, {categories_none:Array(String)}))
  AND (empty({consent_marketing_in:Array(String)})
       OR multiIf(isNull(marketing), 'never_asked', marketing, 'granted', 'denied') IN {consent_marketing_in:Array(String)})
  AND (empty({consent_marketing_out:Array(String)})
       OR multiIf(isNull(marketing), 'never_asked', marketing, 'granted', 'denied') NOT IN {consent_marketing_out:Array(String)})
  AND ({customer_known:Int8} = -1 OR toInt8(customer_id != '') = {customer_known:Int8})
GROUP BY currency, bits
