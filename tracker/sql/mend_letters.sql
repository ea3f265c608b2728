-- mend_letters.sql: which lines of a segment are dead letters (tracker/mending.py).
-- in    {segment:String}
-- out   line, reason
SELECT line, reason FROM dead_letters WHERE segment = {segment:String}
