-- cross.sql: remember which copies do not count; what is known already is not written again.
-- in    {site:String}; tables parties, crossed
-- out   rows of crossed, one version up
INSERT INTO crossed (site, owner, event_id, type, lost, version)
SELECT {site:String}, p.owner, p.event_id, p.type, p.lost, stored.version + 1
FROM parties AS p
LEFT JOIN (
    SELECT owner, event_id, type, lost, version
    FROM crossed FINAL
    WHERE site = {site:String} AND owner IN (SELECT owner FROM parties)
) AS stored ON p.owner = stored.owner AND p.event_id = stored.event_id AND p.type = stored.type
WHERE p.lost != stored.lost
