-- 0003_access.sql: the sites and the secret keys. The store process exports both to sites.json, which is all that collect reads.
CREATE TABLE sites /*on_cluster*/ (
    name      String,
    doc       String,                                     -- a Site (tracker/sites.py) as JSON
    version   UInt64,
    removed   Bool
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY name;

CREATE TABLE keys /*on_cluster*/ (
    key_id        String,                                 -- the first characters of the key, shown in lists
    site          String,
    hash          String,                                 -- SHA-256 of the whole key, hex; the key itself is shown once and kept nowhere
    scopes        Array(LowCardinality(String)),
    created_at    DateTime64(3, 'UTC'),
    expires_at    Nullable(DateTime64(3, 'UTC')),
    last_used_at  Nullable(DateTime64(3, 'UTC')),
    revoked       Bool,
    version       UInt64
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY key_id;
