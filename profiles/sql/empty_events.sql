-- empty_events.sql: the log-outs that stay say when, and no longer where.
-- in    {site:String}; table forgetting
-- out   nothing
ALTER TABLE events UPDATE url = '', title = '', referrer = '', page_id = '', ip = '', ua = ''
WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind = 'shared') AND event_id IN (SELECT id FROM forgetting WHERE kind = 'ending')
