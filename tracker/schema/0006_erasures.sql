-- 0006_erasures.sql: who was erased, so that nothing of them comes back; never by an id, only by its digest (tracker/erasure.py).

-- What a sender, a spool or an import brings of this visitor or customer from that time is left out.
CREATE TABLE erasures /*on_cluster*/ (
    site       LowCardinality(String),
    kind       LowCardinality(String),                    -- visitor | customer
    digest     String,                                    -- SHA-256 of kind, site and id, hex
    from_at    DateTime64(3, 'UTC'),                      -- 1970, or when this person began to use a browser that others use too
    until_at   DateTime64(3, 'UTC'),                      -- inclusive; at most the moment of the erasure: what comes after is new
    erased_at  DateTime64(3, 'UTC')
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, kind, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- That it was done: when, for whom it was asked, how much went.
CREATE TABLE erasure_log /*on_cluster*/ (
    site      LowCardinality(String),
    at        DateTime64(3, 'UTC'),
    kind      LowCardinality(String),
    asked_by  String,                                     -- the id of the API key, or `command line`
    visitors  UInt32,                                     -- browsers of this person
    deleted   String                                      -- JSON object: table or folder -> rows or pieces
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The ids of an erasure under way, in memory only: a DELETE that named them would leave them in a file of its own (mutation_*.txt).
CREATE TABLE forgetting /*on_cluster*/ (
    kind  LowCardinality(String),                         -- visitor | shared | customer | event | ending | cart | letter | profile | again
    id    String
) ENGINE = Memory;

-- Parts that a deletion has replaced are removed within seconds, not within minutes.
ALTER TABLE events /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE event_ids /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE owner_events /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE arrivals /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE visitor_days /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE links /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE crossed /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE sessions /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE carts /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE visitors /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE customers /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
ALTER TABLE dead_letters /*on_cluster*/ MODIFY SETTING cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
