-- session_rows.sql: sessions as stored, every version of them.
-- in    {site:String}
--       {visitor_ids:Array(String)} {session_ids:Array(String)}   which sessions; an empty list = any. One of them must be given: both lead to an index
--       {limit:UInt32, most rows}
-- out   newest first: doc, a JSON object with the names of schema/0002 (sessions.doc), a time is …_ms; identified_ms, 0 for nobody
-- edge  the reader takes the highest version of each session and drops tombstones (sessions.py, latest): a query of this width that does it
--       itself, by FINAL or LIMIT 1 BY in a subquery, costs twice as much for the planning alone (docs/decisions/0007-api.md)
SELECT doc, toUnixTimestamp64Milli(identified_at) AS identified_ms
FROM sessions
WHERE site = {site:String}
  AND (empty({visitor_ids:Array(String)}) OR visitor_id IN {visitor_ids:Array(String)})
  AND (empty({session_ids:Array(String)}) OR session_id IN {session_ids:Array(String)})
ORDER BY started_at DESC
LIMIT {limit:UInt32}
