-- page_today.sql: the carts of a site today, per currency, for the tiles of the live page.
-- in    {site} {today_ms: midnight in the site's time zone}
-- out   one row per currency: carts and money that are open, abandoned today, recovered today
SELECT
    currency,
    countIf(state = 'open') AS open_carts,
    sumIf(value, state = 'open') AS open_value,
    countIf(state = 'open' AND stage != 'cart') AS in_checkout,
    countIf(state = 'abandoned' AND abandoned_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC')) AS abandoned,
    sumIf(value, state = 'abandoned' AND abandoned_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC')) AS abandoned_value,
    countIf(state = 'recovered' AND closed_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC')) AS recovered,
    sumIf(toDecimal64OrZero(JSONExtractRaw(doc, 'recovered', 'value'), 4), state = 'recovered' AND closed_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC'))
        AS recovered_value
FROM carts FINAL
WHERE site = {site:String}
  AND NOT tombstone
  AND (state = 'open' OR abandoned_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC') OR closed_at >= fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC'))
GROUP BY currency
ORDER BY currency
