-- quality_purpose.sql: what the model says a session was for, against what a person says; of the sessions that a person looked at, over all time.
-- in    {site:String}
-- out   model, label, corrected, count
-- edge  a correction whose session was superseded since is left out here: its successor may be another visit
SELECT s.purpose_model AS model, s.purpose AS label, c.label AS corrected, count() AS count
FROM sessions AS s FINAL
INNER JOIN (
    SELECT visitor_id, session_id, label FROM purpose_corrections FINAL WHERE site = {site:String} AND label != ''
) AS c ON s.visitor_id = c.visitor_id AND s.session_id = c.session_id
WHERE s.site = {site:String} AND NOT s.tombstone
    AND s.visitor_id IN (SELECT visitor_id FROM purpose_corrections WHERE site = {site:String})
GROUP BY model, label, corrected
ORDER BY model, label, corrected
