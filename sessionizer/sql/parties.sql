-- parties.sql: whom the crossing ids came under, and whose copy counts: the one received first, then the smallest owner and type.
-- in    {site:String} {days:Array(Date)} {since:DateTime64(3, 'UTC'), copies that arrived later are new}; table crossing
-- out   rows of parties: those with new copies, and the one whose copy counted until now and does so no more
-- edge  an id is compared by text here: two ids of one hash do not cross
INSERT INTO parties (owner, visitor_id, event_id, type, days, lost)
WITH
standings AS (
    SELECT
        if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
        any(visitor_id) AS of_visitor,
        event_id,
        type,
        groupUniqArray(day) AS days,
        max(inserted_at) > {since:DateTime64(3, 'UTC')} AS is_new,
        (toUnixTimestamp64Milli(min(received_at)), owner, toString(type)) AS now,
        (toUnixTimestamp64Milli(minIf(received_at, inserted_at <= {since:DateTime64(3, 'UTC')})), owner, toString(type)) AS before,
        min(inserted_at) <= {since:DateTime64(3, 'UTC')} AS was_here
    FROM events
    WHERE site = {site:String} AND day IN {days:Array(Date)} AND cityHash64(event_id) IN (SELECT id FROM crossing)
    GROUP BY owner, event_id, type
),
compared AS (
    SELECT
        owner, of_visitor, event_id, type, days, is_new, now, before,
        min(now) OVER same AS first,
        minIf(before, was_here) OVER same AS first_before,
        count() OVER same AS parties
    FROM standings
    WINDOW same AS (PARTITION BY event_id)
)
SELECT owner, of_visitor, event_id, type, days, now != first
FROM compared
WHERE parties > 1 AND (is_new OR (now != first AND before = first_before))
