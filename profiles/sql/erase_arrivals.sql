-- erase_arrivals.sql: delete who has something new, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE arrivals DELETE WHERE site = {site:String} AND (
    visitor_id IN (SELECT id FROM forgetting WHERE kind = 'visitor')
    OR owner IN (SELECT concat('c:', id) FROM forgetting WHERE kind = 'customer')
)
