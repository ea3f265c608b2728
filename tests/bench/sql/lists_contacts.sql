-- lists_contacts.sql: one pull of a running campaign, made a week ago: so many customers were contacted.
-- in    {site:String} {count:UInt64} {now_ms:Int64}
-- out   rows in `pull_rows`
INSERT INTO pull_rows (site, program_id, pull_id, attempt, held_out, row, campaign_id, list_id, pulled_at, cell, person, customer_id, visitor_ids, subject, subject_id)
SELECT {site:String}, 'program', 'pull', 'attempt', false, number, 'campaign', 'another', fromUnixTimestamp64Milli({now_ms:Int64} - 604800000, 'UTC'), 'A',
       concat('c:c-', toString(number * 3)), concat('c-', toString(number * 3)),
       [concat('0199c0de-0000-7000-8000-', leftPad(lower(hex(toUInt32(number * 3))), 12, '0'))], 'cart', toString(number)
FROM numbers({count:UInt64})
