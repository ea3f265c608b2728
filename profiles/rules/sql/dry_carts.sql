-- dry_carts.sql: carts that something happened to in a stretch of time: touched, abandoned or closed.
-- in    {site:String} {from_ms:Int64} {until_ms:Int64} {limit:UInt32}
-- out   id, the latest first; a version that is none any more may name one too, so the reader asks again
SELECT cart_id AS id, max(greatest(touched_at, ifNull(abandoned_at, touched_at), ifNull(closed_at, touched_at))) AS latest_at
FROM carts
WHERE site = {site:String} AND NOT tombstone AND touched_at < fromUnixTimestamp64Milli({until_ms:Int64})
  AND greatest(touched_at, ifNull(abandoned_at, touched_at), ifNull(closed_at, touched_at)) >= fromUnixTimestamp64Milli({from_ms:Int64})
GROUP BY cart_id
ORDER BY latest_at DESC, cart_id
LIMIT {limit:UInt32}
