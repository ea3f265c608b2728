-- mark_again.sql: tell the sessionizer who has to be added up anew, the way an arrival does.
-- in    {site:String}; table forgetting
-- out   rows of arrivals
INSERT INTO arrivals (site, owner, visitor_id, day, first_at, owner_rows, identity_rows, inserted_at)
SELECT {site:String}, owner, visitor_id, day, now64(3, 'UTC'), 1, 1, now64(3, 'UTC')
FROM (
    SELECT id AS owner, if(startsWith(id, 'v:'), substring(id, 3), '') AS visitor_id, toDate(now('UTC')) AS day FROM forgetting WHERE kind = 'again'
    UNION ALL
    SELECT concat('v:', visitor_id), visitor_id, day
    FROM visitor_days
    WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind = 'shared')
)
