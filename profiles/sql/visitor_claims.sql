-- visitor_claims.sql: as whom some visitors were known, and because of which identification.
-- in    {site:String} {visitor_ids:Array(String)}
-- out   one row per visitor that is known; claims oldest first, a time is …_ms
SELECT visitor_id, claims.customer_id AS claims_customer_id, claims.how AS claims_how,
       arrayMap(c -> toUnixTimestamp64Milli(c.from_at), claims) AS claims_from_ms,
       arrayMap(c -> toUnixTimestamp64Milli(c.until_at), claims) AS claims_until_ms,
       arrayMap(c -> toUnixTimestamp64Milli(c.identified_at), claims) AS claims_identified_ms
FROM visitors
WHERE site = {site:String} AND visitor_id IN {visitor_ids:Array(String)}
ORDER BY visitor_id, version DESC
LIMIT 1 BY visitor_id
