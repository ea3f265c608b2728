-- 0002_profiles.sql: what is added up from `events`. Written by the sessionizer, read by the profiles.
-- Every row is a version: the highest counts (read with FINAL), `content_hash` tells whether anything but version and built_at differs.

-- What the fold over owner_events says of one visitor; sessions.sql joins it.
CREATE TABLE visitors /*on_cluster*/ (
    site          LowCardinality(String),
    visitor_id    String,
    claims        Array(Tuple(from_at DateTime64(3, 'UTC'), until_at DateTime64(3, 'UTC'), customer_id String,
                              identified_at DateTime64(3, 'UTC'), how String, event_id String)),   -- who the visitor was, when, and because of which event; until_at is exclusive
    cart_moments  Array(Tuple(at DateTime64(3, 'UTC'), cart_id String, value Decimal(18, 4), currency String, added Decimal(12, 3), removed Decimal(12, 3),
                              items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3))))),
                                                          -- the owner's cart after each change; added and removed are units moved by this very event, 0 where another device did it
    orders        Array(Tuple(order_id String, at DateTime64(3, 'UTC'), value Decimal(18, 4), currency String, status String,
                              items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3))))),
                                                          -- orders that belong to this visitor's sessions if they fall in their time
    released      Bool,                                   -- a person took the visitor out of quarantine
    cart_ids      Array(String),                          -- the carts of this visitor's owner: where the next fold looks for carts that are no more
    marks         Array(Tuple(at DateTime64(3, 'UTC'), mark UInt64)),   -- a hash of each element above with its time: two versions differ from the earliest unequal mark on
    version       UInt64,
    content_hash  UInt64,
    built_at      DateTime64(3, 'UTC')
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, visitor_id)
SETTINGS index_granularity = 256;

CREATE TABLE sessions /*on_cluster*/ (
    site               LowCardinality(String),
    visitor_id         String,
    session_id         String,                            -- from site, visitor and the first event's id
    day                Date MATERIALIZED toDate(started_at),
    version            UInt64,
    tombstone          Bool,                              -- this session exists no longer …
    superseded_by      String,                            -- … its events are in this one now
    content_hash       UInt64,
    built_at           DateTime64(3, 'UTC'),
    started_at         DateTime64(3, 'UTC'),
    ended_at           DateTime64(3, 'UTC'),              -- last activity, or the last moment a page was visible
    engaged_ms         UInt64,
    customer_id        String,                            -- '' = anonymous
    identified_at      DateTime64(3, 'UTC'),              -- 1970 = anonymous
    identified_how     LowCardinality(String),
    page_views         UInt32,
    events             UInt32,                            -- rows counted, each event once
    searches           Array(String),
    entry_url          String,
    exit_url           String,
    channel            LowCardinality(String),            -- direct | search | social | email | paid | ai | referral | campaign
    campaign           String,
    medium             String,
    utm_source         String,
    referrer           String,
    device_type        LowCardinality(String),            -- mobile | tablet | desktop | bot | unknown
    browser            LowCardinality(String),
    os                 LowCardinality(String),
    quarantine_reason  LowCardinality(String),            -- '' = not quarantined
    bot_class          LowCardinality(String),
    products           Array(Tuple(id String, name String, category String, views UInt32, seen_ms UInt64, touched_ms UInt64, touches UInt32, clicks UInt32)),
    content            Array(Tuple(kind String, id String, name String, seen_ms UInt64, touched_ms UInt64, touches UInt32, clicks UInt32)),
    cart_id            String,                            -- the owner's cart when the session ended; '' = none
    cart_items         Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3))),
    cart_value         Decimal(18, 4),
    cart_currency      LowCardinality(String),
    cart_added         Decimal(12, 3),                    -- units put in during this session
    cart_removed       Decimal(12, 3),
    purchases          Array(Tuple(order_id String, at DateTime64(3, 'UTC'), value Decimal(18, 4), currency String, status String,
                                   items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3))))),
    purpose            LowCardinality(String),            -- information | browsing | purchase
    purpose_model      LowCardinality(String),
    score_information  Float32,                           -- the three sum to 1
    score_browsing     Float32,
    score_purchase     Float32,
    -- figures that the evidence sentences are made of
    product_views      UInt32,
    products_touched   UInt32,                            -- products with a touch or a click
    category_views     UInt32,                            -- category contents seen
    editorial_views    UInt32,                            -- editorial contents seen
    editorial_ms       UInt64,
    promotion_clicks   UInt32,
    checkout_steps     UInt32,
    checkout_stage     LowCardinality(String),            -- '' | checkout | payment
    earlier_sessions   UInt32,                            -- of this visitor, begun before this one on the same day (UTC)
    INDEX by_session session_id TYPE bloom_filter GRANULARITY 1,
    INDEX by_customer customer_id TYPE bloom_filter GRANULARITY 1
) ENGINE = /*replicated*/ReplacingMergeTree(version)
PARTITION BY toYYYYMM(started_at)
ORDER BY (site, visitor_id, session_id)
SETTINGS index_granularity = 256;

CREATE TABLE carts /*on_cluster*/ (
    site          LowCardinality(String),
    cart_id       String,                                 -- from site and the id of the event that opened it
    version       UInt64,
    tombstone     Bool,
    content_hash  UInt64,
    built_at      DateTime64(3, 'UTC'),
    customer_id   String,                                 -- '' = the owner is a visitor
    visitor_ids   Array(String),                          -- every visitor that touched it, sorted
    state         LowCardinality(String),                 -- open | abandoned | bought | recovered | emptied | lost
    stage         LowCardinality(String),                 -- cart | checkout | payment
    items_count   Decimal(12, 3),
    value         Decimal(18, 4),
    currency      LowCardinality(String),
    opened_at     DateTime64(3, 'UTC'),
    touched_at    DateTime64(3, 'UTC'),
    abandoned_at  Nullable(DateTime64(3, 'UTC')),
    closed_at     Nullable(DateTime64(3, 'UTC')),
    next_at       Nullable(DateTime64(3, 'UTC')),         -- when the clock alone will change the state (abandoned, lost)
    doc           String CODEC(ZSTD),                     -- the cart of DESIGN.md 4.3 as JSON, without version, session_ids, source, suppressed
    INDEX by_customer customer_id TYPE bloom_filter GRANULARITY 1,
    INDEX by_next next_at TYPE minmax GRANULARITY 1
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, cart_id)
SETTINGS index_granularity = 256;

-- What the fold says of one customer; sessions, carts and life cycle are added when the profile is read.
CREATE TABLE customers /*on_cluster*/ (
    site          LowCardinality(String),
    customer_id   String,
    version       UInt64,
    tombstone     Bool,
    content_hash  UInt64,
    built_at      DateTime64(3, 'UTC'),
    visitor_ids   Array(String),
    registered_at DateTime64(3, 'UTC'),                   -- first identify, order or update that names the customer
    orders        Array(Tuple(order_id String, at DateTime64(3, 'UTC'), value Decimal(18, 4), currency String, status String, refunded Decimal(18, 4),
                              items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3))))),
                                                          -- oldest first, each order once; status placed | updated | cancelled | refunded
    attributes    String,                                 -- JSON object: traits of identify and the CRM's own facts, the later wins
    lifecycle     String,                                 -- the CRM's word on the stage; '' = none
    lifecycle_at  DateTime64(3, 'UTC'),
    consent       String,                                 -- JSON object: purpose -> {"granted":bool,"at":"…Z","how":"…"}
    cart_ids      Array(String)                           -- as in visitors
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, customer_id)
SETTINGS index_granularity = 256;

-- What a user agent string means: parsed once each, by the sessionizer.
CREATE TABLE user_agents /*on_cluster*/ (
    ua           String,
    device_type  LowCardinality(String),
    browser      LowCardinality(String),
    os           LowCardinality(String),
    bot_class    LowCardinality(String),                  -- '' = not on the list
    bot_name     String
) ENGINE = /*replicated*/ReplacingMergeTree
ORDER BY ua;

-- The sessionizer's work of this tick: whose days are rebuilt.
CREATE TABLE work /*on_cluster*/ (
    site         LowCardinality(String),
    visitor_id   String,
    day          Date,
    visitor_day  UInt64 MATERIALIZED cityHash64(visitor_id, day)   -- quicker to look up than the pair
) ENGINE = Memory;

-- The sessionizer's bench, emptied before each use: which events came more than once (doubled.sql) …
CREATE TABLE doubled /*on_cluster*/ (
    visitor_id  String,
    copy        UInt64                                    -- hash of visitor and event id
) ENGINE = Memory;

-- … the events of the work, each once (heard.sql). Visitors, pages and contents are hashes here: joining and grouping by text costs several times as much.
CREATE TABLE heard /*on_cluster*/ (
    visitor     UInt64,
    visitor_id  String,
    event_id    String,
    at_ms       Int64,
    type        LowCardinality(String),
    role        LowCardinality(String),                   -- activity | passive (describes a page view) | attached (server, consent, markers)
    webdriver   Bool,
    ua          String,
    page        UInt64,                                   -- 0 = none named
    url         String,
    referrer    String,
    thing       UInt64,                                   -- kind and id of the content; 0 = none
    kind        LowCardinality(String),
    content_id  String,
    name        String,
    category    String,
    seen_ms     UInt32,
    touched_ms  UInt32,
    touches     UInt32,
    clicks      UInt32,
    engaged_ms  UInt32,
    query       String,
    products    Array(Tuple(thing UInt64, id String, name String, category String)),
    step        UInt16,
    step_name   String
) ENGINE = Memory;

-- … where sessions begin and end (spans.sql) …
CREATE TABLE spans /*on_cluster*/ (
    visitor     UInt64,
    span        UInt64,                                   -- the session, in this bench
    visitor_id  String,
    session_id  String,
    started_ms  Int64,
    ended_ms    Int64
) ENGINE = Memory;

-- … the sessions with all their facts (sessions.sql), and those of them that are new or different (changed.sql, tombstones.sql).
CREATE TABLE built /*on_cluster*/ AS sessions ENGINE = Memory;
CREATE TABLE changed /*on_cluster*/ AS sessions ENGINE = Memory;

-- The session as the API tells it, in one column: reading 47 of them costs the engine 13 ms however few the rows, reading this one 2.
-- Added here and not above, so that the two tables of the bench do without.
ALTER TABLE sessions /*on_cluster*/ ADD COLUMN doc String MATERIALIZED formatRow('JSONEachRow',
    visitor_id, session_id, version, tombstone, superseded_by, toUnixTimestamp64Milli(built_at) AS built_ms,
    toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms,
    engaged_ms, customer_id, identified_how, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, referrer,
    device_type, browser, os, quarantine_reason, bot_class, products, content,
    cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed,
    purchases, arrayMap(p -> toUnixTimestamp64Milli(p.at), purchases) AS purchases_at_ms,
    purpose, purpose_model, score_information, score_browsing, score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, checkout_stage, earlier_sessions
) CODEC(ZSTD(3));

-- How far the sessionizer has come.
CREATE TABLE watermarks /*on_cluster*/ (
    name     LowCardinality(String),
    at       DateTime64(3, 'UTC'),
    version  UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY name;
