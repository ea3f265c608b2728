-- erase_visitors.sql: delete what is known of the browsers, every version, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE visitors DELETE WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
