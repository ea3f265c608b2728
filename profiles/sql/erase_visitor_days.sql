-- erase_visitor_days.sql: delete the days of the browsers; of a shared one they are told anew (told_days.sql), of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE visitor_days DELETE WHERE site = {site:String} AND visitor_id IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
