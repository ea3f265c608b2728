-- 0007_corrections.sql: what a person says a session was for, beside what the model says. The sessionizer never writes here, so a rebuild keeps it.

-- Every row is a version, as in 0002: the highest counts. It belongs to the visitor and goes with them (profiles/erasing.py).
CREATE TABLE purpose_corrections /*on_cluster*/ (
    site        LowCardinality(String),
    visitor_id  String,
    session_id  String,                                   -- as it was called then; where it was superseded, the correction goes along
    label       LowCardinality(String),                   -- information | browsing | purchase; '' = taken back
    by          String,                                   -- the id of the key, or `local admin`
    at          DateTime64(3, 'UTC'),
    version     UInt64                                    -- microseconds since 1970
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, visitor_id, session_id)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
