-- uncross.sql: copies that count again, because those before them are gone (a person was forgotten).
-- in    {site:String}; tables parties (all of the site), crossed
-- out   rows of crossed, one version up
INSERT INTO crossed (site, owner, event_id, type, lost, version)
SELECT site, owner, event_id, type, false, version + 1
FROM crossed FINAL
WHERE site = {site:String} AND lost AND (owner, event_id, type) NOT IN (SELECT owner, event_id, type FROM parties WHERE lost)
