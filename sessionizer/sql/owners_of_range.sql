-- owners_of_range.sql: everybody in a range of visitors who has events to fold, or had.
-- in    {site:String} {from_visitor:String} {until_visitor:String, exclusive; '' = no end}
-- out   owner
SELECT DISTINCT owner FROM (
    SELECT owner FROM owner_events
    WHERE site = {site:String} AND owner >= concat('v:', {from_visitor:String})
        AND (owner < concat('v:', {until_visitor:String}) OR {until_visitor:String} = '')
    UNION ALL
    SELECT concat('v:', visitor_id) AS owner FROM visitors
    WHERE site = {site:String} AND visitor_id >= {from_visitor:String} AND (visitor_id < {until_visitor:String} OR {until_visitor:String} = '')
)
