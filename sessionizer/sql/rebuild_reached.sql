-- rebuild_reached.sql: where a rebuild that was broken off goes on.
-- in    {site:String} {mark:String, of rules and program} {since:DateTime64(3, 'UTC'), an older one is void}
-- out   one row: visitor_id, the first still to do; '' = from the beginning (none was broken off, or the visitor was erased meanwhile)
SELECT max(visitor_days.visitor_id) AS visitor_id
FROM visitor_days
WHERE site = {site:String} AND sipHash64(visitor_days.visitor_id) = (
    SELECT boundary FROM rebuilds FINAL WHERE site = {site:String} AND mark = {mark:String} AND at >= {since:DateTime64(3, 'UTC')}
)
