-- erase_purpose_corrections.sql: delete what was said about sessions of the person in `forgetting`; before `sessions`, which tell whose they were. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE purpose_corrections DELETE WHERE site = {site:String} AND (
    visitor_id IN (SELECT id FROM forgetting WHERE kind = 'visitor')
    OR session_id IN (SELECT session_id FROM sessions WHERE site = {site:String} AND customer_id IN (SELECT id FROM forgetting WHERE kind = 'customer'))
)
