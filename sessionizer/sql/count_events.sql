-- count_events.sql: how much there is to add up.
-- in    {site:String}
-- out   one row: events, copies included
SELECT count() AS events FROM events WHERE site = {site:String} AND visitor_id != ''
