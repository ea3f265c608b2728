-- 0009_outbox.sql: what is told to other systems, to whom, and what became of it. Every row is a version: the highest counts (read with FINAL).

-- Written by whoever has something to tell (tracker/outbox.py), never changed but for `stage` and `body`; read by the announcers, who must know
-- what was told already, by pulled lists, and by the fan-out (profiles/webhooks). `sequence` orders the messages of one subject.
CREATE TABLE messages /*on_cluster*/ (
    site          LowCardinality(String),
    subject       String,                                 -- cart:ID | session:ID | customer:ID | list:ID
    sequence      UInt64,
    message_id    String,                                 -- msg_…, the same however often the same thing is announced
    type          LowCardinality(String),                 -- cart.abandoned, …
    target        String,                                 -- '' = every webhook of the site that takes this type; else the id of one
    at            DateTime64(3, 'UTC'),                   -- when what it tells of happened
    created_at    DateTime64(3, 'UTC'),                   -- when it was put here
    visitor_ids   Array(String),                          -- whom it is about, so that it goes when they go
    customer_ids  Array(String),
    payload       String CODEC(ZSTD),                     -- {"type","timestamp","data"} as the announcer knows it
    stage         Enum8('put' = 0, 'ready' = 1, 'done' = 2),   -- ready: its body is settled; done: every webhook has its delivery
    body          String CODEC(ZSTD),                     -- the bytes that are sent; '' = not settled, or nobody was to be told
    version       UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (site, subject, sequence, message_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;

-- The addresses that are told. A removed one keeps its row, without its secrets.
CREATE TABLE webhooks /*on_cluster*/ (
    site         LowCardinality(String),
    webhook_id   String,                                  -- we_…
    url          String,
    types        Array(String),                           -- empty = all
    description  String,
    enabled      Bool,
    why          String,                                  -- why it was disabled, where nobody did it by hand
    secrets      Array(Tuple(secret String, until DateTime64(3, 'UTC'))),   -- the newest first; one that was replaced signs until then
    created_at   DateTime64(3, 'UTC'),
    removed      Bool,
    version      UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, webhook_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- One message on its way to one webhook.
CREATE TABLE deliveries /*on_cluster*/ (
    site         LowCardinality(String),
    webhook_id   String,
    message_id   String,
    delivery_id  String,                                  -- dl_…; of a message and a webhook always the same
    subject      String,
    sequence     UInt64,
    type         LowCardinality(String),
    status       Enum8('waiting' = 0, 'sending' = 1, 'delivered' = 2, 'dead' = 3),
    attempts     UInt16,
    next_at      DateTime64(3, 'UTC'),                    -- waiting: the next try; sending: when the claim is void
    claim        String,                                  -- who sends it
    tried_at     Nullable(DateTime64(3, 'UTC')),
    answer       UInt16,                                  -- the last HTTP status; 0 = none came
    why          String,                                  -- why the last try failed, in plain words
    took_ms      UInt32,
    created_at   DateTime64(3, 'UTC'),
    version      UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (site, webhook_id, subject, sequence, message_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;

-- Whether there is, or was, an abandonment to be told or taken back: the announcer asks `messages` for no other cart.
ALTER TABLE carts /*on_cluster*/ ADD COLUMN had_spell Bool MATERIALIZED position(doc, '"abandonments":[{') > 0;
