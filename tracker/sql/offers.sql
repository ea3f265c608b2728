-- offers.sql: the offers that hold now, by visitor; of rules that are on.
-- in    {now_ms:Int64} {limit:UInt32, most visitors}
-- out   site, visitor_id, offers [{offer_id, response_code, until_ms}] the latest first; visitors with the latest offers first
SELECT site, visitor_id,
       arrayMap(o -> CAST(tuple(o.2, o.3, o.4), 'Tuple(offer_id String, response_code String, until_ms Int64)'),
                arrayReverseSort(o -> (o.1, o.2), groupUniqArray((found_ms, target, response_code, until_ms)))) AS offers,
       max(found_ms) AS latest_ms
FROM (
    SELECT site, arrayJoin(visitor_ids) AS visitor_id, target, response_code, toUnixTimestamp64Milli(found_at) AS found_ms,
           toUnixTimestamp64Milli(until_at) AS until_ms
    FROM rule_matches FINAL
    WHERE action = 'offer' AND empty(suppressed) AND cell != '' AND until_at > fromUnixTimestamp64Milli({now_ms:Int64})
      AND (site, rule_id) IN (
          SELECT site, rule_id FROM rules GROUP BY site, rule_id HAVING argMax(enabled AND NOT removed, version)
      )
)
GROUP BY site, visitor_id
ORDER BY latest_ms DESC, site, visitor_id
LIMIT {limit:UInt32}
