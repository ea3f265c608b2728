-- page_cart_cutoffs.sql: how long carts lay untouched, and what became of them, for each of some lengths of time.
-- in    {site} {from_ms: carts opened at or after} {now_ms} {cutoffs_ms: Array(Int64)}
-- out   for each cutoff_ms, shortest first, of the carts that lay untouched so long once: carts; alone: bought afterwards without a code or a message's link;
--       by_message: bought after one; waiting: open or abandoned still
-- edge  carts whose history was never kept, and those of robots, are not looked at; the last silence of a cart that lies still ends now
WITH
    robots AS (
        SELECT DISTINCT visitor_id FROM sessions FINAL
        WHERE site = {site:String} AND NOT tombstone AND quarantine_reason != '' AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    ),
    touches AS (
        SELECT
            cart_id, state, JSONExtractString(doc, 'recovered', 'how') AS how,
            if(state IN ('open', 'abandoned'), {now_ms:Int64}, toUnixTimestamp64Milli(assumeNotNull(closed_at))) AS until_ms,
            arrayFilter(
                (at_ms, what) -> what NOT IN ('abandoned', 'response', 'link', 'logged_in', 'order_updated', 'order_cancelled', 'order_refunded', 'left_out'),
                JSONExtract(history, 'Array(Tuple(Int64, String))').1, JSONExtract(history, 'Array(Tuple(Int64, String))').2) AS touched_ms
        FROM carts FINAL
        WHERE site = {site:String} AND NOT tombstone AND history != '[]'
            AND opened_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND NOT arrayExists(v -> v IN (SELECT visitor_id FROM robots), visitor_ids)
    ),
    silences AS (
        SELECT state, how, arrayMax(arrayDifference(arraySort(arrayPushBack(touched_ms, until_ms)))) AS silence_ms FROM touches
    )
SELECT
    cutoff_ms,
    countIf(silence_ms >= cutoff_ms) AS carts,
    countIf(silence_ms >= cutoff_ms AND (state = 'bought' OR how = 'organic')) AS alone,
    countIf(silence_ms >= cutoff_ms AND how IN ('link', 'response')) AS by_message,
    countIf(silence_ms >= cutoff_ms AND state IN ('open', 'abandoned')) AS waiting
FROM silences
ARRAY JOIN {cutoffs_ms:Array(Int64)} AS cutoff_ms
GROUP BY cutoff_ms
ORDER BY cutoff_ms
