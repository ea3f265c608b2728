-- erase_owner_events.sql: delete the events that carts, orders and claims are folded from, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE owner_events DELETE WHERE site = {site:String} AND (
    visitor_id IN (SELECT id FROM forgetting WHERE kind = 'visitor')
    OR customer_id IN (SELECT id FROM forgetting WHERE kind = 'customer')
    OR (visitor_id IN (SELECT id FROM forgetting WHERE kind = 'shared') AND event_id IN (SELECT id FROM forgetting WHERE kind = 'event'))
)
