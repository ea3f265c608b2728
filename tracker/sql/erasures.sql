-- erasures.sql: every tombstone.
-- in    nothing
-- out   site, kind, digest, from_ms, until_ms, in a fixed order
SELECT site, kind, digest, toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(until_at) AS until_ms
FROM erasures
ORDER BY site, kind, digest, from_at, until_at
