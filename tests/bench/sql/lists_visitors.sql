-- lists_visitors.sql: the browsers of these sessions, two in five identified.
-- in    {site:String} {first:UInt64} {count:UInt64} {now_ms:Int64}
-- out   rows in `visitors`
INSERT INTO visitors (site, visitor_id, claims, version)
SELECT {site:String}, concat('0199c0de-0000-7000-8000-', leftPad(lower(hex(toUInt32(number))), 12, '0')),
       if(number % 5 < 2, [(fromUnixTimestamp64Milli({now_ms:Int64} - toInt64(number) * 2500, 'UTC'), toDateTime64('2299-12-31 00:00:00', 3, 'UTC'),
                           concat('c-', toString(number % 300000)), fromUnixTimestamp64Milli({now_ms:Int64} - toInt64(number) * 2500, 'UTC'), 'login', 'e')], []), 1
FROM numbers({first:UInt64}, {count:UInt64})
