-- session_keys.sql: which sessions may match, newest first; the reader has the last word, once it knows the latest version of each.
-- in    {site:String}
--       {visitor_id:String} {customer_id:String} {purpose:String}   '' = any
--       {open_since_ms:Int64} {closed_before_ms:Int64}   status open: ended at or after; closed: ended before; 0 and FAR_MS = any
--       {from_ms:Int64} {to_ms:Int64}                    started in [from, to): names the months to read
--       {cursor_ms:Int64} {cursor_id:String}             only what is older than this; FAR_MS and '' = from the newest
--       {limit:UInt32}
-- out   visitor_id, session_id, started_ms; each session once
-- edge  versions are not told apart here: a current session that matches is always among these rows, and a stale version that matches is dropped later
SELECT visitor_id, session_id, toUnixTimestamp64Milli(started_at) AS started_ms
FROM sessions
WHERE site = {site:String}
  AND NOT tombstone
  AND ({visitor_id:String} = '' OR visitor_id = {visitor_id:String})
  AND ({customer_id:String} = '' OR customer_id = {customer_id:String})
  AND ({purpose:String} = '' OR purpose = {purpose:String})
  AND ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}) AND ended_at < fromUnixTimestamp64Milli({closed_before_ms:Int64})
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND started_at < fromUnixTimestamp64Milli({to_ms:Int64})
  AND (started_at, session_id) < (fromUnixTimestamp64Milli({cursor_ms:Int64}), {cursor_id:String})
ORDER BY started_at DESC, session_id DESC
LIMIT 1 BY session_id
LIMIT {limit:UInt32}
