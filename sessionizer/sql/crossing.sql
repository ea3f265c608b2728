-- crossing.sql: which of the ids that arrived just now are known under more than one name: another visitor, or another type.
-- in    {sites:Array(String)} {since:DateTime64(3, 'UTC')} {until:DateTime64(3, 'UTC')}, moments of arrival
-- out   a row per site and id: site, id (hash), days = where its copies lie; mostly none
-- edge  bucket and id apart, not as a pair: that is what finds few granules quickly
SELECT site, id, groupUniqArray(day) AS days
FROM event_ids
WHERE site IN {sites:Array(String)}
    AND bucket IN (SELECT bucket FROM event_ids WHERE inserted_at > {since:DateTime64(3, 'UTC')} AND inserted_at <= {until:DateTime64(3, 'UTC')})
    AND id IN (SELECT id FROM event_ids WHERE inserted_at > {since:DateTime64(3, 'UTC')} AND inserted_at <= {until:DateTime64(3, 'UTC')})
GROUP BY site, id
HAVING min(cityHash64(owner, type)) != max(cityHash64(owner, type))
