-- site_rhythm.sql: how long the customers of a site wait between two orders.
-- in    {site:String}
-- out   intervals, and the 80th percentile of them in ms (0 where there are none); cancelled orders do not count
WITH waits AS (
    SELECT arrayPopFront(arrayDifference(arraySort(arrayMap(o -> toUnixTimestamp64Milli(o.at), arrayFilter(o -> o.status != 'cancelled', orders))))) AS ms
    FROM customers FINAL
    WHERE site = {site:String} AND NOT tombstone AND length(orders) > 1
)
SELECT count() AS intervals, toInt64(if(count() = 0, 0, quantileExact(0.8)(wait_ms))) AS rhythm_ms
FROM waits ARRAY JOIN ms AS wait_ms
