-- party_days.sql: whose days are to be rebuilt, as a copy of theirs counts no more, or has just come.
-- in    table parties
-- out   a row per owner: owner, visitor_id, days as numbers
SELECT owner, any(visitor_id) AS visitor_id, arrayMap(d -> toInt64(toUInt16(d)), groupUniqArrayArray(days)) AS days
FROM parties
GROUP BY owner
