-- erase_links.sql: delete which owners meet; of a shared browser it is told anew (told_links.sql), of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE links DELETE WHERE site = {site:String} AND (
    owner IN (SELECT concat('v:', id) FROM forgetting WHERE kind IN ('visitor', 'shared'))
    OR owner IN (SELECT concat('c:', id) FROM forgetting WHERE kind = 'customer')
    OR (kind = 'customer' AND id IN (SELECT id FROM forgetting WHERE kind = 'customer'))
)
