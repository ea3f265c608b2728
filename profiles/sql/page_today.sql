-- page_today.sql: the carts of a site today, per currency, for the tiles of the live page. It is asked every two seconds: the inner
-- query finds the few carts that may count from any of their versions, the outer one reads only these as they stand now.
-- in    {site} {today_ms: midnight in the site's time zone}
-- out   one row per currency: carts and money that are open, abandoned today, recovered today
WITH fromUnixTimestamp64Milli({today_ms:Int64}, 'UTC') AS today
SELECT
    currency,
    countIf(state = 'open') AS open_carts,
    sumIf(value, state = 'open') AS open_value,
    countIf(state = 'open' AND stage != 'cart') AS in_checkout,
    countIf(state = 'abandoned' AND abandoned_at >= today) AS abandoned,
    sumIf(value, state = 'abandoned' AND abandoned_at >= today) AS abandoned_value,
    countIf(state = 'recovered' AND closed_at >= today) AS recovered,
    sumIf(toDecimal64OrZero(JSONExtractRaw(doc, 'recovered', 'value'), 4), state = 'recovered' AND closed_at >= today) AS recovered_value
FROM carts FINAL
WHERE site = {site:String}
  AND cart_id IN (
      SELECT cart_id FROM carts
      WHERE site = {site:String} AND (state = 'open' OR (state = 'abandoned' AND abandoned_at >= today) OR (state = 'recovered' AND closed_at >= today))
  )
  AND NOT tombstone
GROUP BY currency
ORDER BY currency
