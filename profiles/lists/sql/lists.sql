-- lists.sql: the saved lists of a site as they are now, without removed ones.
-- in    {site:String} {list_id:String, '' = all}
-- out   list_id, version, doc, changed_ms, changed_by
SELECT list_id, version, doc, toUnixTimestamp64Milli(changed_at) AS changed_ms, changed_by
FROM (
    SELECT list_id, version, removed, doc, changed_at, changed_by
    FROM lists
    WHERE site = {site:String} AND ({list_id:String} = '' OR list_id = {list_id:String})
    ORDER BY list_id, version DESC
    LIMIT 1 BY list_id
)
WHERE NOT removed
ORDER BY list_id
