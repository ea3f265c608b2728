-- 0010_lists.sql: saved lists: what is asked of which subject, and who is left out. A list holds no people: they are looked up whenever it is read.

-- Every version is kept: what a list asked for when a campaign pulled it can be told for ever. The highest counts.
CREATE TABLE lists /*on_cluster*/ (
    site        LowCardinality(String),
    list_id     String,                                   -- list_…
    version     UInt64,                                   -- microseconds since 1970
    removed     Bool,
    doc         String CODEC(ZSTD),                       -- JSON: name, subject, conditions, suppression (profiles/lists/definition.py)
    changed_at  DateTime64(3, 'UTC'),
    changed_by  String                                    -- the id of the key, or `local admin`
) ENGINE = /*replicated*/ReplacingMergeTree
ORDER BY (site, list_id, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;

-- Whom a cart belongs to, as numbers: a count over a million carts reads these instead of the ids, which are five times as wide.
-- Under which keys somebody was contacted: contact_keys.sql. c = a customer; v = a browser, where no customer is known; a = a browser of a known one.
ALTER TABLE carts /*on_cluster*/
    ADD COLUMN owner_keys Array(UInt64) MATERIALIZED if(customer_id = '',
        arrayMap(v -> cityHash64('v', v), visitor_ids),
        arrayPushFront(arrayMap(v -> cityHash64('a', v), visitor_ids), cityHash64('c', customer_id))),
    ADD COLUMN nameless Bool MATERIALIZED customer_id = '' AND arrayAll(v -> startsWith(v, 'day-'), visitor_ids);   -- nobody can be written to
