-- clock_carts.sql: carts that have been left alone, or abandoned, for a given time since the last look.
-- in    {site:String} {field:String} age_s | abandoned_age_s   {after_ms:Int64} {until_ms:Int64}   the moment it counts from, in (after, until]
-- out   id; a version that is none any more may name one too, so the reader asks again
SELECT DISTINCT cart_id AS id
FROM carts
WHERE site = {site:String}
  AND if({field:String} = 'age_s', touched_at, abandoned_at) > fromUnixTimestamp64Milli({after_ms:Int64})
  AND if({field:String} = 'age_s', touched_at, abandoned_at) <= fromUnixTimestamp64Milli({until_ms:Int64})
  AND NOT tombstone
