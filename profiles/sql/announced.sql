-- announced.sql: how far the announcer came with a site.
-- in    {name:String}
-- out   at_ms, version; no row where it never began
SELECT toUnixTimestamp64Milli(at) AS at_ms, version FROM watermarks FINAL WHERE name = {name:String}
