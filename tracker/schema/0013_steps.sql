-- 0013_steps.sql: what lets a tick that was killed be done again without leaving anything out (docs/decisions/0021-broken-off.md).

-- The sessionizer's bench: visitors folded anew, under whom sessions are built before the rows themselves are stored. Stored first, a tick that dies
-- before its sessions are written would find nothing changed when it is done again.
CREATE TABLE folded /*on_cluster*/ AS visitors ENGINE = Memory;
