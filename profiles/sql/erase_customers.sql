-- erase_customers.sql: delete the customer, every version, and other profiles that name this person's browsers: those are folded anew, of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE customers DELETE WHERE site = {site:String} AND customer_id IN (SELECT id FROM forgetting WHERE kind IN ('customer', 'profile'))
