-- erase_events.sql: delete the events themselves, of one person. The writing handles of the store wait until it is done.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   nothing; the counts are those of count_*.sql
ALTER TABLE events DELETE WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR customer_id = {customer_id:String})
