-- 0015_stored_sessions.sql: the stored sessions of the visitors at work, read once and not once each for what changed and for what is gone.
CREATE TABLE stored_sessions /*on_cluster*/ (
    visitor_id    String,
    session_id    String,
    version       UInt64,
    tombstone     Bool,
    content_hash  UInt64,
    started_at    DateTime64(3, 'UTC'),
    ended_at      DateTime64(3, 'UTC'),
    customer_id   String
) ENGINE = Memory;
