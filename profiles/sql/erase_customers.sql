-- erase_customers.sql: delete the customer, every version, of one person. The writing handles of the store wait until it is done.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   nothing; the counts are those of count_*.sql
ALTER TABLE customers DELETE WHERE site = {site:String} AND (customer_id = {customer_id:String})
