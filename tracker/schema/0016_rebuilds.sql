-- 0016_rebuilds.sql: how far a rebuild has come, so that one that was killed goes on from there (sessionizer/checkpoint.py).
CREATE TABLE rebuilds /*on_cluster*/ (
    site      LowCardinality(String),
    mark      String,                                     -- of the rules and the program that rebuild; '' = none is under way
    boundary  UInt64,                                     -- hash of the first visitor still to do: the visitor's id is not kept, so there is none to erase
    at        DateTime64(3, 'UTC'),
    version   UInt64                                      -- microseconds since 1970
) ENGINE = /*replicated*/ReplacingMergeTree(version)
ORDER BY site;
