-- ledger.sql: what the ledger says became of the events of a site.
-- in    {site:String}
-- out   outcome, counted (events)
SELECT outcome, sum(events) AS counted FROM ledger WHERE site = {site:String} GROUP BY outcome
