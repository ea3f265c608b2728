-- mend_event_ids.sql: rows of event_ids that stored events should have left, by the words of its view (schema 0005).
-- in    {sites:Array(String)} {days:Array(Date)} {visitors:Array(String)} {ids:Array(String)}
-- out   what is missing in event_ids
INSERT INTO event_ids
WITH due AS (
    SELECT
        site, if(bitAnd(bitShiftRight(uuid, 76), 15) = 7, toUInt32(intDiv(bitShiftRight(uuid, 80), 60000)), toUInt32(id % 16777216)) AS bucket,
        owner, id, type, day, inserted_at
    FROM (
        SELECT
            site, toUInt128(toUUIDOrZero(event_id)) AS uuid,
            cityHash64(if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id))) AS owner,
            cityHash64(event_id) AS id, type, day, inserted_at
        FROM events
        WHERE site IN {sites:Array(String)} AND day IN {days:Array(Date)} AND visitor_id IN {visitors:Array(String)} AND event_id IN {ids:Array(String)}
    )
)
SELECT site, bucket, owner, id, type, day, inserted_at
FROM due
WHERE (site, bucket, owner, id, type, day) NOT IN (
    SELECT site, bucket, owner, id, type, day FROM event_ids WHERE (site, bucket) IN (SELECT site, bucket FROM due)
)
SETTINGS insert_deduplicate = 0
