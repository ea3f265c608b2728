-- contact_keys.sql: under which keys (0010_lists.sql) somebody was contacted lately, or is on another list that runs.
-- in    {site:String} {list_id:String, this list} {now_ms:Int64} {contacted_lately:Bool} {on_another_list:Bool} {contacted_ms:Int64}
-- out   keys, marks: one row with two arrays, of each key what is told of it: 1 lately (since contacted_ms), 2 elsewhere, 3 both; none that is not asked for
WITH
    running AS (
        SELECT campaign_id FROM campaigns FINAL
        WHERE {on_another_list:Bool} AND site = {site:String} AND state = 'running'
          AND from_at <= fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC') AND until_at > fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')
    ),
    told AS (
        SELECT
            if({contacted_lately:Bool} AND at >= fromUnixTimestamp64Milli({contacted_ms:Int64}, 'UTC'), 1, 0)
            + if({on_another_list:Bool} AND list_id != {list_id:String} AND campaign_id IN running, 2, 0) AS mark,
            arrayJoin(if(customer_id = '',
                arrayConcat(arrayMap(v -> cityHash64('v', v), visitor_ids), arrayMap(v -> cityHash64('a', v), visitor_ids)),
                arrayPushFront(arrayMap(v -> cityHash64('v', v), visitor_ids), cityHash64('c', customer_id)))) AS key
        FROM contacts
        WHERE ({contacted_lately:Bool} OR {on_another_list:Bool}) AND site = {site:String} AND mark != 0
    )
SELECT groupArray(key) AS keys, groupArray(marks_of_key) AS marks
FROM (SELECT key, groupBitOr(mark) AS marks_of_key FROM told GROUP BY key)
