-- person_contacts.sql: in which pulls a person was, handed out or held out.
-- in    {site:String} {customer_id:String, '' = a browser} {visitor_ids:Array(String), this person's alone} {shared:Array(String), browsers others used too}
-- out   at_ms, campaign_id, program_id, list_id, pull_id, cell, held_out, response_code, doc; the oldest first
SELECT toUnixTimestamp64Milli(pulled_at) AS at_ms, campaign_id, program_id, list_id, pull_id, cell, held_out, response_code, doc
FROM pull_rows
WHERE site = {site:String}
    AND (pull_id, attempt) IN (SELECT pull_id, attempt FROM pulls WHERE site = {site:String})
    AND ((customer_id != '' AND customer_id = {customer_id:String}) OR hasAny(visitor_ids, {visitor_ids:Array(String)})
        OR (customer_id = '' AND hasAny(visitor_ids, {shared:Array(String)})))
ORDER BY at_ms, pull_id
