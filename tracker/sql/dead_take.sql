-- dead_take.sql: letters to be tried again, oldest segments first.
-- in    {site:String} {reason:String}, '' = every one; {until_ms:Int64}; {limit:UInt32}
-- out   site, reason, segment, line, copies (a line may have come twice in one segment), key (names the letter for dead_remove.sql)
SELECT site, reason, segment, line, count() AS copies, cityHash64(site, reason, segment, line) AS key
FROM dead_letters
WHERE ({site:String} = '' OR site = {site:String}) AND ({reason:String} = '' OR reason = {reason:String})
  AND at <= fromUnixTimestamp64Milli({until_ms:Int64})
GROUP BY site, reason, segment, line
ORDER BY segment, key
LIMIT {limit:UInt32}
