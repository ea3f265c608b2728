-- crossing_of_site.sql: all ids of a site that are known under more than one name: another visitor, or another type.
-- in    {site:String}
-- out   rows of crossing
INSERT INTO crossing (id, days)
SELECT id, groupUniqArray(day)
FROM event_ids
WHERE site = {site:String}
GROUP BY id
HAVING min(cityHash64(owner, type)) != max(cityHash64(owner, type))
