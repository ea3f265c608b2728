-- quality_conflicts.sql: copies of an event that differ from its other copies in what the sender says. The first one counts (decision 0010).
-- in    {site:String} {from_ms:Int64} {to_ms:Int64}
-- out   conflicts, beyond the first content of each event
-- edge  times are left out, and what the door adds: they differ a little with every retry of the same event
SELECT
    uniqExact(event_id, cityHash64(
        visitor_id, type, source, page_id, url, title, referrer, customer_id, kind, content_id, name, category, position, seen_ms, seen_ratio, touched_ms,
        touches, clicks, engaged_ms, scroll_pct, query, ifNull(toString(results), ''), toString(items), step, step_name, order_id,
        ifNull(toString(value), ''), currency, props
    )) - uniqExact(event_id) AS conflicts
FROM events
WHERE site = {site:String}
  AND day >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')) AND day <= toDate(fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
  AND at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({to_ms:Int64})
