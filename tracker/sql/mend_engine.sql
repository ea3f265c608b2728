-- mend_engine.sql: whether this database may take for stored what it never kept.
-- in    -
-- out   a row with the engine of `events`, where that is not a replicated one
SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'events' AND NOT startsWith(engine, 'Replicated')
