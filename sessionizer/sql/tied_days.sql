-- tied_days.sql: days of a visitor that share a page (left open for long) or an event (a copy that came with another time).
-- in    {site:String}; table work (whose days)
-- out   a row per visitor that has any: visitor_id, spans = [(first day, last day)] as numbers
WITH sharing AS (        -- something of theirs lies in two rows: mostly nobody, and then nothing is sorted out by days
    SELECT visitor_id
    FROM visitor_days
    WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM work)
    GROUP BY visitor_id
    HAVING min(day) != max(day) AND length(groupArrayArray(ties) AS all_ties) != arrayUniq(all_ties)
)
SELECT visitor_id, groupUniqArray((first_day, last_day)) AS spans
FROM (
    SELECT visitor_id, toInt64(toUInt16(min(day))) AS first_day, toInt64(toUInt16(max(day))) AS last_day
    FROM visitor_days
    ARRAY JOIN ties AS tie
    WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM sharing)
    GROUP BY visitor_id, tie
    HAVING first_day != last_day
)
GROUP BY visitor_id
