-- consents.sql: who refused marketing in their browser, or refused to be observed at all and said nothing about marketing after that.
-- in    {site:String} {owners:Array(String)} 'v:' visitor_id each
-- out   visitor_id, refused
SELECT visitor_id, argMax(state = 'denied', (at, event_id)) AS refused
FROM (
    SELECT visitor_id, at, event_id, JSONExtractString(props, 'state') AS state, JSONExtract(props, 'purposes', 'Array(String)') AS purposes
    FROM owner_events
    WHERE site = {site:String} AND owner IN {owners:Array(String)} AND type = 'consent'
)
WHERE has(purposes, 'marketing') OR (state = 'denied' AND (empty(purposes) OR has(purposes, 'tracking')))
GROUP BY visitor_id
