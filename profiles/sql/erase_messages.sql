-- erase_messages.sql: delete what was told of the person in `forgetting`, every version. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE messages DELETE WHERE site = {site:String} AND message_id IN (SELECT id FROM forgetting WHERE kind = 'message')
