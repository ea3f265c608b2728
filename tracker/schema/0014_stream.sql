-- 0014_stream.sql: every change of a session, a cart or a customer, in the order in which it could be seen (docs/decisions/0022-stream.md).

-- Filled by every insert into the three tables. Readers of /v1/stream and the announcer go through it; a reader that was away longer than the TTL begins anew.
CREATE TABLE stream /*on_cluster*/ (
    site         LowCardinality(String),
    inserted_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    kind         LowCardinality(String),                  -- cart | customer | session
    id           String,
    visitor_id   String,                                  -- whose session; '' of a cart and of a customer
    version      UInt64,
    ended_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD), -- of a session, when its last activity was: the clock closes it some time after; else 1970
    INDEX by_end ended_at TYPE minmax GRANULARITY 1       -- a session changes while it goes on, so both times rise together
) ENGINE = /*replicated*/MergeTree
PARTITION BY toDate(inserted_at)
ORDER BY (site, inserted_at, kind, id, version)
TTL toDateTime(inserted_at) + INTERVAL 7 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;

CREATE MATERIALIZED VIEW stream_of_sessions /*on_cluster*/ TO stream AS
SELECT site, now64(3, 'UTC') AS inserted_at, 'session' AS kind, session_id AS id, visitor_id, version, if(tombstone, toDateTime64(0, 3, 'UTC'), ended_at) AS ended_at FROM sessions;

CREATE MATERIALIZED VIEW stream_of_carts /*on_cluster*/ TO stream AS
SELECT site, now64(3, 'UTC') AS inserted_at, 'cart' AS kind, cart_id AS id, '' AS visitor_id, version, toDateTime64(0, 3, 'UTC') AS ended_at FROM carts;

CREATE MATERIALIZED VIEW stream_of_customers /*on_cluster*/ TO stream AS
SELECT site, now64(3, 'UTC') AS inserted_at, 'customer' AS kind, customer_id AS id, '' AS visitor_id, version, toDateTime64(0, 3, 'UTC') AS ended_at FROM customers;

-- The stage of the life cycle that was last told of each customer, and when to look again. Every row is a version, as in 0002: the highest counts.
CREATE TABLE stages_told /*on_cluster*/ (
    site         LowCardinality(String),
    customer_id  String,
    stage        LowCardinality(String),
    told         Bool,                                    -- false: noted in silence, as it was old news when it was first seen
    next_at      DateTime64(3, 'UTC'),                    -- when the clock may change the stage; the far future where only an event can
    version      UInt64,
    INDEX by_next next_at TYPE minmax GRANULARITY 1
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, customer_id)
SETTINGS index_granularity = 256, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
