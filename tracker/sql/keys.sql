-- keys.sql: every key, the revoked ones too.
-- in    nothing
-- out   one row per key; a time is …_ms
SELECT key_id, site, hash, scopes, toUnixTimestamp64Milli(created_at) AS created_ms, toUnixTimestamp64Milli(expires_at) AS expires_ms,
       toUnixTimestamp64Milli(last_used_at) AS last_used_ms, revoked, version
FROM keys FINAL
ORDER BY created_at, key_id
