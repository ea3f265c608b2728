-- erase_dead_letters.sql: delete lines that could not be stored, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE dead_letters DELETE WHERE site IN ({site:String}, '') AND toString(cityHash64(site, at, segment, line)) IN (SELECT id FROM forgetting WHERE kind = 'letter')
