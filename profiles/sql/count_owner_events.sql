-- count_owner_events.sql: how many rows erase_owner_events.sql would delete.
-- in    {site:String} {customer_id:String} {visitor_ids:Array(String)}
-- out   rows
SELECT count() AS rows FROM owner_events WHERE site = {site:String} AND (visitor_id IN {visitor_ids:Array(String)} OR customer_id = {customer_id:String})
