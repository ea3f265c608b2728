-- mend_ledger.sql: whether the ledger has the rows of a segment: they come in one piece with a row that names it (schema 0018).
-- in    {segment:String}
-- out   a row with its hour, where it has them
SELECT hour FROM ledger WHERE site = '' AND outcome = 'segment' AND reason = {segment:String} LIMIT 1
