-- 0001_events.sql: what was observed, and the small tables every insert fills beside it.
-- `events` takes each row as received; everything else in this database can be made again from it.
-- A materialized view's target has a deduplication window of its own: a repeated insert token must not count twice there either.

CREATE TABLE events /*on_cluster*/ (
    site          LowCardinality(String),                 -- the site's name
    visitor_id    String,                                 -- '' for a server-side event that names only a customer
    event_id      String,
    type          LowCardinality(String),
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    received_at   DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    inserted_at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD),
    day           Date MATERIALIZED toDate(at),
    source        LowCardinality(String),                 -- tag | server | import
    tag_version   UInt8 DEFAULT 1,                        -- `v` of the batch
    cookieless    Bool DEFAULT false,
    webdriver     Bool DEFAULT false,                     -- the browser said that a program drives it
    ip            String DEFAULT '' CODEC(ZSTD),          -- truncated: /24 or /48
    ua            String DEFAULT '' CODEC(ZSTD),
    page_id       String DEFAULT '' CODEC(ZSTD),
    url           String DEFAULT '' CODEC(ZSTD),
    title         String DEFAULT '' CODEC(ZSTD),
    referrer      String DEFAULT '' CODEC(ZSTD),
    customer_id   String DEFAULT '',                      -- identify, server-side events
    kind          LowCardinality(String) DEFAULT '',      -- content …
    content_id    String DEFAULT '',
    name          String DEFAULT '',                      -- content name, custom event name
    category      String DEFAULT '',
    position      UInt32 DEFAULT 0,
    seen_ms       UInt32 DEFAULT 0,
    seen_ratio    Float32 DEFAULT 0,
    touched_ms    UInt32 DEFAULT 0,
    touches       UInt32 DEFAULT 0,
    clicks        UInt32 DEFAULT 0,
    engaged_ms    UInt32 DEFAULT 0,                       -- engagement …
    scroll_pct    UInt8 DEFAULT 0,
    query         String DEFAULT '',                      -- search …
    results       Nullable(UInt32),
    items         Array(Tuple(id String, name String, category String, brand String, variant String,
                              price Nullable(Decimal(18, 4)), quantity Nullable(Decimal(12, 3)), currency String)),
    step          UInt16 DEFAULT 0,                       -- checkout …
    step_name     String DEFAULT '',
    order_id      String DEFAULT '',
    value         Nullable(Decimal(18, 4)),               -- money of order, refund, checkout; price of content
    currency      LowCardinality(String) DEFAULT '',
    props         String DEFAULT '{}' CODEC(ZSTD)         -- every other field of the type, a JSON object
) ENGINE = /*replicated*/MergeTree
PARTITION BY day                                          -- a tick names its days and reads nothing else (DESIGN.md, section 5)
ORDER BY (site, visitor_id, at, event_id)                 -- one visitor's day lies together
TTL toDateTime(inserted_at) + INTERVAL 400 DAY            -- counted from arrival, so that an import of old data is not deleted at once
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Who has something new since when: the sessionizer's watermark runs over inserted_at.
CREATE TABLE arrivals /*on_cluster*/ (
    site           LowCardinality(String),
    owner          String,                                -- 'v:' visitor_id, or 'c:' customer_id where no visitor is named
    visitor_id     String,
    day            Date,
    first_at       DateTime64(3, 'UTC'),
    owner_rows     UInt32,                                -- rows that can change carts, orders or claims
    identity_rows  UInt32,                                -- rows that can change who the visitor is
    inserted_at    DateTime64(3, 'UTC')
) ENGINE = /*replicated*/MergeTree
ORDER BY inserted_at
TTL toDateTime(inserted_at) + INTERVAL 7 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW arrivals_of_events /*on_cluster*/ TO arrivals AS
SELECT
    site,
    if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
    visitor_id,
    toDate(at) AS day,
    min(at) AS first_at,
    countIf(type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order', 'refund', 'order_cancelled', 'order_updated', 'order_watermark',
                     'identify', 'logout', 'consent', 'customer_update', 'release')) AS owner_rows,
    countIf(type IN ('identify', 'logout', 'release')) AS identity_rows,
    max(inserted_at) AS inserted_at
FROM events
GROUP BY site, owner, visitor_id, day;

-- On which days a visitor left rows. Neighbouring days are rebuilt together, and so are days that share a page
-- (a row of a page left open over night) or an event (a copy that came again with another time).
CREATE TABLE visitor_days /*on_cluster*/ (
    site        LowCardinality(String),
    visitor_id  String,
    day         Date,
    ties        SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),   -- hashes of page ids and event ids
    first_at    SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_at     SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = /*replicated*/AggregatingMergeTree
ORDER BY (site, visitor_id, day)
SETTINGS index_granularity = 64, min_compress_block_size = 4096, max_compress_block_size = 16384, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW visitor_days_of_events /*on_cluster*/ TO visitor_days AS
SELECT
    site, visitor_id, toDate(at) AS day,
    arrayConcat(groupUniqArray(cityHash64('event', event_id)), groupUniqArrayIf(cityHash64('page', page_id), page_id != '')) AS ties,
    min(at) AS first_at, max(at) AS last_at
FROM events
WHERE visitor_id != ''
GROUP BY site, visitor_id, day;

-- The few events (some 5 %) that carts, orders, claims and consent are folded from, all of one owner together.
CREATE TABLE owner_events /*on_cluster*/ (
    site         LowCardinality(String),
    owner        String,
    visitor_id   String,
    event_id     String,
    type         LowCardinality(String),
    at           DateTime64(3, 'UTC'),
    received_at  DateTime64(3, 'UTC'),
    source       LowCardinality(String),
    url          String,
    customer_id  String,
    items        Array(Tuple(id String, name String, category String, brand String, variant String,
                             price Nullable(Decimal(18, 4)), quantity Nullable(Decimal(12, 3)), currency String)),
    step         UInt16,
    step_name    String,
    order_id     String,
    value        Nullable(Decimal(18, 4)),
    currency     LowCardinality(String),
    props        String,
    inserted_at  DateTime64(3, 'UTC')
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, owner, at, event_id)
TTL toDateTime(inserted_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 256, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW owner_events_of_events /*on_cluster*/ TO owner_events AS
SELECT
    site, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
    visitor_id, event_id, type, at, received_at, source, url, customer_id, items, step, step_name, order_id, value, currency, props, inserted_at
FROM events
WHERE type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order', 'refund', 'order_cancelled', 'order_updated', 'order_watermark',
               'identify', 'logout', 'consent', 'customer_update', 'release');

-- Which owners meet in one customer or one order: they are folded together.
CREATE TABLE links /*on_cluster*/ (
    site   LowCardinality(String),
    kind   LowCardinality(String),                        -- customer | order
    id     String,
    owner  String
) ENGINE = /*replicated*/ReplacingMergeTree
ORDER BY (site, kind, id, owner)
SETTINGS index_granularity = 256, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW customer_links_of_events /*on_cluster*/ TO links AS
SELECT DISTINCT site, 'customer' AS kind, customer_id AS id, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner
FROM events
WHERE customer_id != '';

CREATE MATERIALIZED VIEW order_links_of_events /*on_cluster*/ TO links AS
SELECT DISTINCT site, 'order' AS kind, order_id AS id, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner
FROM events
WHERE order_id != '' AND type IN ('order', 'refund', 'order_cancelled', 'order_updated');

-- Lines that could not be stored, each with its reason. They are kept as they came, after the scrub.
CREATE TABLE dead_letters /*on_cluster*/ (
    site      LowCardinality(String),
    at        DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    reason    LowCardinality(String),
    message   String,
    segment   String,
    line      String CODEC(ZSTD)
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, at)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
