-- 0005_event_ids.sql: an event counts once by (site, event id), under whichever visitor it came (docs/decisions/0010-event-ids.md).

-- Under whom an id came. Text is hashed here: an id costs ten bytes on disk. What the hashes let through is compared by text in `events`.
CREATE TABLE event_ids /*on_cluster*/ (
    site         LowCardinality(String),
    bucket       UInt32,                                  -- the minute in a UUIDv7, since 1970; of any other id, 16 million buckets by its hash
    owner        UInt64,                                  -- hash of 'v:' visitor_id, or of 'c:' customer_id where no visitor is named
    id           UInt64 CODEC(NONE),                      -- hash of event_id
    type         LowCardinality(String),
    day          Date,
    inserted_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    INDEX by_arrival inserted_at TYPE minmax GRANULARITY 4
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, bucket, owner, id)                        -- ids made in the same minute lie together, and those of one visitor among them
TTL toDateTime(inserted_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW event_ids_of_events /*on_cluster*/ TO event_ids AS
SELECT
    site, if(bitAnd(bitShiftRight(uuid, 76), 15) = 7, toUInt32(intDiv(bitShiftRight(uuid, 80), 60000)), toUInt32(id % 16777216)) AS bucket,
    owner, id, type, day, inserted_at
FROM (
    SELECT
        site, toUInt128(toUUIDOrZero(event_id)) AS uuid,
        cityHash64(if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id))) AS owner,
        cityHash64(event_id) AS id, type, toDate(at) AS day, inserted_at
    FROM events
);

-- What came before this table was here. A row that comes twice by this says the same.
INSERT INTO event_ids (site, bucket, owner, id, type, day, inserted_at)
SELECT
    site, if(bitAnd(bitShiftRight(uuid, 76), 15) = 7, toUInt32(intDiv(bitShiftRight(uuid, 80), 60000)), toUInt32(id % 16777216)) AS bucket,
    owner, id, type, day, inserted_at
FROM (
    SELECT
        site, toUInt128(toUUIDOrZero(event_id)) AS uuid,
        cityHash64(if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id))) AS owner,
        cityHash64(event_id) AS id, type, toDate(at) AS day, inserted_at
    FROM events
);

-- Copies that do not count, because the same event came earlier under another visitor, or as another type. Mostly empty.
-- Every row is a version, as in 0002: the highest counts.
CREATE TABLE crossed /*on_cluster*/ (
    site      LowCardinality(String),
    owner     String,                                     -- 'v:' visitor_id, or 'c:' customer_id where no visitor is named
    event_id  String,
    type      LowCardinality(String),
    lost      Bool,                                       -- false: it counts again, as an even earlier copy of it came
    version   UInt64,
    found_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, owner, event_id, type)
TTL toDateTime(found_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 256;

-- The bench for it: ids that came under more than one name …
CREATE TABLE crossing /*on_cluster*/ (
    id    UInt64,
    days  Array(Date)
) ENGINE = Memory;

-- … and those they came under whose standing may have changed (parties.sql).
CREATE TABLE parties /*on_cluster*/ (
    owner       String,
    visitor_id  String,
    event_id    String,
    type        LowCardinality(String),
    days        Array(Date),
    lost        Bool
) ENGINE = Memory;
