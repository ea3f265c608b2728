-- owner_events.sql: the events of these owners that carts, orders, claims and consent are folded from.
-- in    {site:String} {first:String} {last:String} {owners:Array(String)} those of them between the first and the last; [] = all that are there
-- out   a row per owner: owner, events = a JSON array of arrays in the order of sessionizer.model.Event, copies included, but for those that do not count under this owner (crossed)
SELECT
    owner,
    toJSONString(groupArray((
        visitor_id, event_id, type, toUnixTimestamp64Milli(at), toUnixTimestamp64Milli(received_at), source, url, customer_id,
        items, step, step_name, order_id, value, currency, props))) AS events
FROM owner_events
WHERE site = {site:String}
    AND owner BETWEEN {first:String} AND {last:String} AND (empty({owners:Array(String)}) OR owner IN {owners:Array(String)})
    AND (owner, event_id, type) NOT IN (
        SELECT owner, event_id, type FROM crossed FINAL WHERE site = {site:String} AND lost
            AND owner BETWEEN {first:String} AND {last:String} AND (empty({owners:Array(String)}) OR owner IN {owners:Array(String)}))
GROUP BY owner
