-- erase_sessions.sql: delete the sessions, every version; of a shared browser all, as the others are added up anew, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE sessions DELETE WHERE site = {site:String} AND (
    visitor_id IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
    OR customer_id IN (SELECT id FROM forgetting WHERE kind = 'customer')
)
