-- contact_keys.sql: under which keys (0010_lists.sql) somebody was contacted lately, or is on another list that runs.
-- in    {site:String} {list_id:String, this list} {now_ms:Int64} {contacted_lately:Bool} {on_another_list:Bool} {contacted_ms:Int64}
-- out   lately (since contacted_ms), elsewhere: one row with an array of keys each; empty where they are not asked for
WITH
    running AS (
        SELECT campaign_id FROM campaigns FINAL
        WHERE {on_another_list:Bool} AND site = {site:String} AND state = 'running'
          AND from_at <= fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC') AND until_at > fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')
    ),
    told AS (
        SELECT
            at >= fromUnixTimestamp64Milli({contacted_ms:Int64}, 'UTC') AND {contacted_lately:Bool} AS is_lately,
            {on_another_list:Bool} AND list_id != {list_id:String} AND campaign_id IN running AS is_elsewhere,
            arrayJoin(if(customer_id = '',
                arrayConcat(arrayMap(v -> cityHash64('v', v), visitor_ids), arrayMap(v -> cityHash64('a', v), visitor_ids)),
                arrayPushFront(arrayMap(v -> cityHash64('v', v), visitor_ids), cityHash64('c', customer_id)))) AS key
        FROM contacts
        WHERE ({contacted_lately:Bool} OR {on_another_list:Bool}) AND site = {site:String}
    )
SELECT groupUniqArrayIf(key, is_lately) AS lately, groupUniqArrayIf(key, is_elsewhere) AS elsewhere
FROM told
