-- feed_watermark.sql: how far the site's order feed has come.
-- in    {site:String}
-- out   one row: watermarks, how many came; at_ms, the furthest
SELECT count() AS watermarks, toUnixTimestamp64Milli(max(at)) AS at_ms
FROM owner_events
WHERE site = {site:String} AND owner = 'c:' AND type = 'order_watermark'
    AND event_id NOT IN (SELECT event_id FROM crossed FINAL WHERE site = {site:String} AND owner = 'c:' AND type = 'order_watermark' AND lost)
