-- session_keys.sql: which sessions may match, newest first; session_rows.sql has the last word.
-- in    as session_rows.sql, for one window of time [from, to) that names the months to read
-- out   visitor_id, session_id, started_ms; each once per stored start
-- edge  versions are not told apart here: a current session that matches is always among these rows, and a stale version that matches is dropped later
SELECT visitor_id, session_id, toUnixTimestamp64Milli(started_at) AS started_ms
FROM sessions
WHERE site = {site:String}
  AND NOT tombstone
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}) AND ended_at < fromUnixTimestamp64Milli({closed_before_ms:Int64})
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND started_at < fromUnixTimestamp64Milli({to_ms:Int64})
  AND (started_at, session_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY started_at DESC, session_id DESC
LIMIT 1 BY visitor_id, session_id
LIMIT {limit:UInt32}
