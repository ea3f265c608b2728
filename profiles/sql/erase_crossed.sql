-- erase_crossed.sql: delete which copies of an event do not count, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE crossed DELETE WHERE site = {site:String} AND (
    owner IN (SELECT concat('v:', id) FROM forgetting WHERE kind = 'visitor')
    OR owner IN (SELECT concat('c:', id) FROM forgetting WHERE kind = 'customer')
    OR (owner IN (SELECT concat('v:', id) FROM forgetting WHERE kind = 'shared') AND event_id IN (SELECT id FROM forgetting WHERE kind = 'event'))
)
