-- erase_links.sql: delete which owners meet, of one person. The writing handles of the store wait until it is done.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   nothing; the counts are those of count_*.sql
ALTER TABLE links DELETE WHERE site = {site:String} AND ((kind = 'customer' AND id = {customer_id:String}) OR owner = concat('c:', {customer_id:String}) OR owner IN arrayMap(v -> concat('v:', v), {visitor_ids:Array(String)}))
