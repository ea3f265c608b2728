-- erase_stream.sql: delete the changes of the person in `forgetting`: of sessions, carts and the customer. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE stream DELETE WHERE site = {site:String} AND (
    visitor_id IN (SELECT id FROM forgetting WHERE kind IN ('visitor', 'shared'))
    OR (kind = 'cart' AND id IN (SELECT id FROM forgetting WHERE kind = 'cart'))
    OR (kind = 'customer' AND id IN (SELECT id FROM forgetting WHERE kind = 'customer'))
)
