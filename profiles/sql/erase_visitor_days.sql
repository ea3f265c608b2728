-- erase_visitor_days.sql: delete the days of the visitors, of one person. The writing handles of the store wait until it is done.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   nothing; the counts are those of count_*.sql
ALTER TABLE visitor_days DELETE WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)})
