-- dead_remove.sql: take letters out that are in the spool again. Waits until it is done; doing it twice does no harm.
-- in    {keys:Array(UInt64)}, of dead_take.sql
-- out   nothing
ALTER TABLE dead_letters DELETE WHERE cityHash64(site, reason, segment, line) IN {keys:Array(UInt64)}
