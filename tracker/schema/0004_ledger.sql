-- 0004_ledger.sql: what became of every event, added up by the hour (tracker/ledger.py; docs/decisions/0009-ledger.md).
-- The writer adds a segment's rows under a token of their own, after its events. A replay of dead letters takes its `dead` back, hence the sign.
CREATE TABLE IF NOT EXISTS ledger /*on_cluster*/ (
    site     LowCardinality(String),                      -- '' where none is known: a batch with a wrong key, a body that could not be read
    hour     DateTime('UTC'),                             -- of the segment's name
    outcome  LowCardinality(String),                      -- received | accepted | refused | dropped | stored | dead | cut
    reason   LowCardinality(String),                      -- '' where none is needed
    events   Int64
) ENGINE = /*replicated*/SummingMergeTree
ORDER BY (site, outcome, reason, hour)                    -- totals of a site read little; a year of hours is some ten thousand rows
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What came before there was a ledger. Once, also where this file was interrupted and runs again.
INSERT INTO ledger (site, hour, outcome, reason, events)
SELECT site, toStartOfHour(received_at), arrayJoin(['received', 'accepted', 'stored']) AS outcome, '', count()
FROM events WHERE (SELECT count() FROM ledger WHERE outcome = 'stored') = 0 GROUP BY ALL;

INSERT INTO ledger (site, hour, outcome, reason, events)
SELECT site, toStartOfHour(at), arrayJoin(['received', 'accepted', 'dead']) AS outcome, if(outcome = 'dead', reason, ''), count()
FROM dead_letters WHERE (SELECT count() FROM ledger WHERE outcome = 'dead') = 0 GROUP BY ALL;
