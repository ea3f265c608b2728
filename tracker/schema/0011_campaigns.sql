-- 0011_campaigns.sql: campaigns with their programs and cells, what was pulled for them, and what came back. The sessionizer never writes here.

-- A campaign as a person made it. Every row is a version, as in 0002: the highest counts. It is on while state = 'running' and from_at <= now < until_at.
CREATE TABLE campaigns /*on_cluster*/ (
    site         LowCardinality(String),
    campaign_id  String,
    name         String,
    state        LowCardinality(String),                  -- draft | running | ended
    from_at      DateTime64(3, 'UTC'),
    until_at     DateTime64(3, 'UTC'),                    -- exclusive
    created_at   DateTime64(3, 'UTC'),
    by           String,                                  -- the id of the key, or `local admin`
    programs     String,                                  -- JSON array, profiles/campaigns/model.py: each with its list, salt, sample and cells
    version      UInt64                                   -- microseconds since 1970
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, campaign_id)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;

-- Every response code that was ever given out in a site: it names one cell, or one rule, for ever.
CREATE TABLE response_codes /*on_cluster*/ (
    site           LowCardinality(String),
    response_code  String,                                -- upper case
    kind           LowCardinality(String),                -- cell | rule
    owner_id       String,                                -- the program's or the rule's id
    cell           String,
    made_at        DateTime64(3, 'UTC')
) ENGINE = /*replicated*/ReplacingMergeTree
ORDER BY (site, response_code, kind, owner_id, cell)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;

-- A pull: written last, so a pull that is here is whole, and its first row is the only one (the insert token is the pull's id).
CREATE TABLE pulls /*on_cluster*/ (
    site         LowCardinality(String),
    program_id   String,
    pull_id      String,
    attempt      String,                                  -- only rows of pull_rows with this word belong to it
    campaign_id  String,
    list_id      String,
    list_version UInt64,                                  -- what the list asked for then: table lists
    pulled_at    DateTime64(3, 'UTC'),
    by           String,                                  -- the id of the key, or `local admin`
    found        UInt32,                                  -- rows of the list
    suppressed   UInt32,                                  -- of them left out, with a reason
    handed_out   UInt32,                                  -- rows of this pull …
    held_out     UInt32                                   -- … and people of the hold-out cell that were picked and not handed out
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, program_id, pull_id)
SETTINGS index_granularity = 256, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- The rows of all pulls, frozen. They belong to persons and go with them (profiles/erasing.py); else they are kept as long as events are.
CREATE TABLE pull_rows /*on_cluster*/ (
    site           LowCardinality(String),
    program_id     String,
    pull_id        String,
    attempt        String,
    held_out       Bool,                                  -- of the hold-out cell: never handed out
    row            UInt32,                                -- 1, 2, 3 … of those handed out, and of those held out
    campaign_id    String,
    list_id        String,
    pulled_at      DateTime64(3, 'UTC'),
    cell           LowCardinality(String),
    response_code  LowCardinality(String),
    person         String,                                -- 'c:' customer_id, or 'v:' and the first visitor_id where no customer is known
    customer_id    String,                                -- '' = not known
    visitor_ids    Array(String),
    subject        LowCardinality(String),                -- cart | session | customer
    subject_id     String,
    value          Decimal(18, 4),
    currency       LowCardinality(String),
    doc            String CODEC(ZSTD),                    -- the row as it is handed out, JSON
    INDEX by_customer customer_id TYPE bloom_filter GRANULARITY 1,
    INDEX by_visitor visitor_ids TYPE bloom_filter GRANULARITY 1,
    INDEX by_subject subject_id TYPE bloom_filter GRANULARITY 1
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, program_id, pull_id, attempt, held_out, row)
TTL toDateTime(pulled_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;

-- Who was handed out, when and by which program: what "contacted in the last N days" and "on another running list" are asked of.
-- A contact is made when the pull is made. One row per row handed out; the hold-out was not contacted and is not here.
CREATE VIEW contacts /*on_cluster*/ AS
SELECT
    site,
    pulled_at AS at,
    campaign_id,                                          -- whether it is on: table campaigns, the highest version
    program_id, list_id, pull_id, cell, response_code,
    person,                                               -- as in pull_rows
    customer_id,                                          -- '' = not known then
    visitor_ids, subject, subject_id
FROM pull_rows
WHERE NOT held_out AND (site, program_id, pull_id, attempt) IN (SELECT site, program_id, pull_id, attempt FROM pulls);

-- A pull in the making: everybody the list found, of whom freeze.sql picks. Emptied afterwards; what a crash leaves goes after a day, or with its person.
CREATE TABLE pull_candidates /*on_cluster*/ (
    site         LowCardinality(String),
    attempt      String,
    person       String,
    customer_id  String,
    visitor_ids  Array(String),
    subject      LowCardinality(String),
    subject_id   String,
    value        Decimal(18, 4),
    currency     LowCardinality(String),
    cell         LowCardinality(String),                  -- by the program's salt, unless an earlier pull put the person elsewhere, before they were known
    mark         UInt64,                                  -- of a sample of n people those with the lowest
    preferred    Decimal(18, 4),                          -- of a person's rows the one with the highest is kept, then the latest, then the least subject_id
    at           DateTime64(3, 'UTC'),
    doc          String CODEC(ZSTD),
    put_at       DateTime DEFAULT now()
) ENGINE = /*replicated*/MergeTree
ORDER BY (site, attempt, person)
TTL put_at + INTERVAL 1 DAY
SETTINGS index_granularity = 1024, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;
