-- carts.sql: one page of the carts of a list, in the order of their ids: neither twice nor left out, however the table changes meanwhile.
-- in    {site} {now_ms}, where to go on {after: cart_id} {limit}, where to stop {until: cart_id, '' = nowhere}
--       conditions, each with a neutral value (profiles/lists/asking.py): {…_in} (empty = any), {…_out}, {…_min} {…_max},
--       {…_from_ms} {…_to_ms} (not looked at while {…_known} is false), {value_currency: '' = any},
--       {…_any, …_all: one array per condition}, {…_none}, {customer_known: -1 = either}
--       which reasons apply: {no_consent} {consent_unknown} {bought_same_item_30d} {below_value}, {least_currencies} {least_values}
--       {wants_items: item_ids and categories are needed}
-- out   row: one JSON object per cart (carts.py, CartRow), as one column is read in a fifth of the time of fifteen.
--       reasons: a bit for each that leaves it out, by its place in lists.answers.Reason; robots and contacts are added later
SELECT concat('{"doc":', doc, ',', substring(formatRow('JSONEachRow',
    place, id, customer_id, visitor_ids, owner_keys, state, stage, items_count, value, currency, marketing, its_items, its_categories,
    opened_ms, touched_ms, abandoned_ms, closed_ms, reasons), 2)) AS row
FROM (
    SELECT
        cart_id AS place, cart_id AS id, customer_id, visitor_ids, owner_keys, state, stage, items_count, value, currency, marketing, doc,
        if({wants_items:Bool}, item_ids, []) AS its_items,
        if({wants_items:Bool}, categories, []) AS its_categories,
        toUnixTimestamp64Milli(opened_at) AS opened_ms,
        toUnixTimestamp64Milli(touched_at) AS touched_ms,
        toUnixTimestamp64Milli(abandoned_at) AS abandoned_ms,
        toUnixTimestamp64Milli(closed_at) AS closed_ms,
        toUInt8({no_consent:Bool} AND (nameless OR ifNull(NOT marketing, false)))
        + 2 * toUInt8({consent_unknown:Bool} AND marketing IS NULL)
        + 4 * toUInt8({bought_same_item_30d:Bool} AND ifNull(item_bought_at >= fromUnixTimestamp64Milli({now_ms:Int64} - 2592000000, 'UTC'), false))
        + 16 * toUInt8({below_value:Bool} AND arrayExists(
            (c, least) -> c = currency AND value < toDecimal64(least, 4), {least_currencies:Array(String)}, {least_values:Array(String)})) AS reasons
    FROM carts FINAL
    WHERE site = {site:String} AND NOT tombstone AND cart_id > {after:String} AND ({until:String} = '' OR cart_id <= {until:String})
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
    ORDER BY site, cart_id
    LIMIT {limit:UInt32}
)
ORDER BY place
