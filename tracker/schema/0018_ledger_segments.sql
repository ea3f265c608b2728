-- 0018_ledger_segments.sql: the rows of a segment come with one that names it, so that it can be asked whether they came (tracker/mending.py).
-- It says nothing about events, and goes when nobody will send that segment again.
ALTER TABLE ledger /*on_cluster*/ MODIFY TTL hour + INTERVAL 7 DAY DELETE WHERE outcome = 'segment' SETTINGS materialize_ttl_after_modify = 0;
