-- touch.sql: visitors that come back now: one more page view each.
-- in    {site:String} {every:UInt64: of all visitors one in so many} {count:UInt64} {now:DateTime64(3)} {round:UInt64, so that ids differ}
-- out   rows of `events`
INSERT INTO events (site, visitor_id, event_id, type, at, received_at, source, page_id, url)
WITH substring(lower(leftPad(hex(toUnixTimestamp64Milli({now:DateTime64(3)})), 16, '0')), 5) AS made
SELECT
    {site:String},
    concat('0199c0de-0000-7000-8000-', lower(leftPad(hex(number * {every:UInt64}), 12, '0'))),
    concat(substring(made, 1, 8), '-', substring(made, 9, 4), '-7000-8000-', lower(leftPad(hex({round:UInt64} * 1000000 + number), 12, '0'))),
    'page_view', {now:DateTime64(3)}, {now:DateTime64(3)}, 'tag',
    concat('0199c0de-0004-7000-8000-', lower(leftPad(hex({round:UInt64} * 1000000 + number), 12, '0'))),
    'https://shop.example/'
FROM numbers({count:UInt64})
