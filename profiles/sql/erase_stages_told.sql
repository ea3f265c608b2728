-- erase_stages_told.sql: delete the stage last told, every version, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE stages_told DELETE WHERE site = {site:String} AND customer_id IN (SELECT id FROM forgetting WHERE kind = 'customer')
