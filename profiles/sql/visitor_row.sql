-- visitor_row.sql: one visitor as the fold over the events tells it.
-- in    {site:String} {visitor_id:String}
-- out   no row or one; claims oldest first, a time is …_ms
SELECT visitor_id, version, released, cart_ids, claims.customer_id AS claims_customer_id, claims.how AS claims_how,
       arrayMap(c -> toUnixTimestamp64Milli(c.from_at), claims) AS claims_from_ms,
       arrayMap(c -> toUnixTimestamp64Milli(c.until_at), claims) AS claims_until_ms,
       arrayMap(c -> toUnixTimestamp64Milli(c.identified_at), claims) AS claims_identified_ms
FROM visitors
WHERE site = {site:String} AND visitor_id = {visitor_id:String}
ORDER BY version DESC
LIMIT 1
