-- lists_sessions.sql: a session for each cart of the bench; one in fifty is a robot's.
-- in    {site:String} {first:UInt64} {count:UInt64} {now_ms:Int64}
-- out   rows in `sessions`
INSERT INTO sessions (site, visitor_id, session_id, version, started_at, ended_at, customer_id, channel, device_type, purpose,
                      page_views, quarantine_reason, cart_id)
SELECT {site:String}, concat('0199c0de-0000-7000-8000-', leftPad(lower(hex(toUInt32(number))), 12, '0')), lower(hex(MD5(concat('s', toString(number))))), 1,
       fromUnixTimestamp64Milli({now_ms:Int64} - toInt64(number) * 2500, 'UTC') AS started, addMinutes(started, 10),
       if(number % 5 < 2, concat('c-', toString(number % 300000)), ''), ['email', 'search', 'direct', 'social'][1 + number % 4],
       ['mobile', 'desktop'][1 + number % 2], 'browsing', 5, if(number % 50 = 7, 'webdriver', ''), lower(hex(MD5(toString(number))))
FROM numbers({first:UInt64}, {count:UInt64})
