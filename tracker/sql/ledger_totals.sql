-- ledger_totals.sql: what became of every event that has been written, over all time.
-- in    {every:Bool} {site:String}, which counts where `every` is false
-- out   site, outcome, reason, events
SELECT site, outcome, reason, sum(events) AS events
FROM ledger
WHERE outcome != 'segment' AND ({every:Bool} OR site = {site:String})
GROUP BY site, outcome, reason
HAVING events != 0
