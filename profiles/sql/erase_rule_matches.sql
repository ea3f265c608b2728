-- erase_rule_matches.sql: delete what rules met of the person in `forgetting`. Returns when the parts are rewritten.
-- in    {site:String}; table forgetting
-- out   nothing; what is after WHERE tells how many rows these are (profiles/erasing.py)
ALTER TABLE rule_matches DELETE WHERE site = {site:String} AND (
    customer_id IN (SELECT id FROM forgetting WHERE kind = 'customer')
    OR hasAny(visitor_ids, (SELECT groupArray(id) FROM forgetting WHERE kind = 'visitor'))
    OR (customer_id = '' AND hasAny(visitor_ids, (SELECT groupArray(id) FROM forgetting WHERE kind = 'shared')))
)
