-- rebuild_reaches.sql: a rebuild has come this far, or has ended.
-- in    {site:String} {mark:String, '' = it has ended} {visitor_id:String, the first still to do} {at:DateTime64(3, 'UTC')}
-- out   a row of rebuilds
INSERT INTO rebuilds (site, mark, boundary, at, version)
SELECT {site:String}, {mark:String}, sipHash64({visitor_id:String}), {at:DateTime64(3, 'UTC')}, toUnixTimestamp64Micro(now64(6))
