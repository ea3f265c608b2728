-- erase_arrivals.sql: delete who has something new, of one person. The writing handles of the store wait until it is done.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   nothing; the counts are those of count_*.sql
ALTER TABLE arrivals DELETE WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR owner = concat('c:', {customer_id:String}))
