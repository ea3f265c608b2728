-- watermark.sql: how far something has come.
-- in    {name:String}
-- out   at_ms, version; no row where it never began
SELECT toUnixTimestamp64Milli(at) AS at_ms, version FROM watermarks FINAL WHERE name = {name:String}
