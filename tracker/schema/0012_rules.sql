-- 0012_rules.sql: business rules, whom they met, and how far they have looked. The sessionizer never writes here.

-- A rule as a person made it. Every row is a version, as in 0002: the highest counts.
CREATE TABLE rules /*on_cluster*/ (
    site        LowCardinality(String),
    rule_id     String,                                   -- ru_…; also what people are divided into cells by, so that a changed rule keeps its cells
    enabled     Bool,
    since       DateTime64(3, 'UTC'),                     -- when it was last switched on, or its conditions were last changed: what happened before does not count
    created_at  DateTime64(3, 'UTC'),
    changed_at  DateTime64(3, 'UTC'),
    by          String,                                   -- the id of the key, or `local admin`
    doc         String,                                   -- JSON, profiles/rules/model.py: name, subject, conditions, action, once, cells, hold-out
    removed     Bool,
    version     UInt64                                    -- microseconds since 1970
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, rule_id)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;

-- Whom a rule met: written before anything is done about it, again when it is done. They belong to persons and go with them (profiles/erasing.py).
-- Of a rule that puts on a list, the rows that are done are the members of that list.
CREATE TABLE rule_matches /*on_cluster*/ (
    site           LowCardinality(String),
    rule_id        String,
    match_id       String,                                -- rm_…, from the rule and from what it may meet once: the same however often it is found
    at             DateTime64(3, 'UTC'),                  -- when what the rule asks for came true
    found_at       DateTime64(3, 'UTC'),
    subject        LowCardinality(String),                -- cart | session | customer
    subject_id     String,
    person         String,                                -- 'c:' customer_id, or 'v:' and the first visitor_id where no customer is known
    customer_id    String,                                -- '' = not known
    visitor_ids    Array(String),
    cell           LowCardinality(String),                -- '' = held out
    response_code  LowCardinality(String),                -- '' = held out
    suppressed     Array(LowCardinality(String)),         -- why nothing is done: no_consent, bought_same_item_30d, quarantined
    action         LowCardinality(String),                -- webhook | list | offer
    target         String,                                -- the webhook, '' = every one that takes rule.matched; or the offer
    until_at       DateTime64(3, 'UTC'),                  -- how long an offer is shown
    done           Bool,
    why            Array(String),                         -- the conditions that held, in words
    version        UInt64,
    INDEX by_customer customer_id TYPE bloom_filter GRANULARITY 1,
    INDEX by_visitor visitor_ids TYPE bloom_filter GRANULARITY 1,
    INDEX by_person person TYPE bloom_filter GRANULARITY 1
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY (site, rule_id, match_id)
TTL toDateTime(found_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 1, max_cleanup_delay_period = 5;

-- Up to where the changes of a site, and the hours that pass, were looked at.
CREATE TABLE rule_progress /*on_cluster*/ (
    site        LowCardinality(String),
    position    String,                                   -- in the table `stream`
    clock_at    DateTime64(3, 'UTC'),                     -- ages that reached their limit before this were looked at
    version     UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY site;
