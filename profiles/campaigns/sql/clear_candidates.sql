-- clear_candidates.sql: a pull is frozen, or failed: those it could have picked are forgotten.
-- in    {site:String} {attempt:String}
-- out   nothing
ALTER TABLE pull_candidates DELETE WHERE site = {site:String} AND attempt = {attempt:String}
