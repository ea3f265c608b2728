-- next_due.sql: the sites with carts that the clock will change, and when it does so first.
-- in    {after:DateTime64(3, 'UTC')}
-- out   site, due_ms
SELECT site, toUnixTimestamp64Milli(min(next_at)) AS due_ms
FROM carts FINAL
WHERE NOT tombstone AND next_at > {after:DateTime64(3, 'UTC')}
GROUP BY site
