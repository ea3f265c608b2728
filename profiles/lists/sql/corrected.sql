-- corrected.sql: the browsers whose sessions a person judged.
-- in    {site:String}
-- out   visitor_id
SELECT DISTINCT visitor_id FROM purpose_corrections WHERE site = {site:String}
