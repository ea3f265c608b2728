-- touched.sql: whose events arrived since then.
-- in    {since:DateTime64(3, 'UTC')} {until:DateTime64(3, 'UTC')}, moments of arrival
-- out   a row per site, owner, day and moment: site, owner, visitor_id, day, inserted_ms, rows, owner_rows
SELECT site, owner, visitor_id, day, toUnixTimestamp64Milli(inserted_at) AS inserted_ms, count() AS rows, sum(owner_rows) AS owner_rows
FROM arrivals
WHERE inserted_at > {since:DateTime64(3, 'UTC')} AND inserted_at <= {until:DateTime64(3, 'UTC')}
GROUP BY site, owner, visitor_id, day, inserted_at
ORDER BY inserted_at
