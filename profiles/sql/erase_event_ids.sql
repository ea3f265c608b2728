-- erase_event_ids.sql: delete under whom an event id came, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE event_ids DELETE WHERE site = {site:String} AND (
    owner IN (SELECT cityHash64(concat('v:', id)) FROM forgetting WHERE kind = 'visitor')
    OR owner IN (SELECT cityHash64(concat('c:', id)) FROM forgetting WHERE kind = 'customer')
    OR (owner IN (SELECT cityHash64(concat('v:', id)) FROM forgetting WHERE kind = 'shared')
        AND id IN (SELECT cityHash64(id) FROM forgetting WHERE kind = 'event'))
)
