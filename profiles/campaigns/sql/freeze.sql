-- freeze.sql: of everybody a list found, who is in this pull, in which cell, and in which order: frozen.
-- in    {site:String} {program_id:String} {pull_id:String} {attempt:String} {campaign_id:String} {list_id:String} {pulled_ms:Int64}
--       {cells:Array(String)} {codes:Array(String), of each cell} {hold_out:String, '' = none} {people:UInt32, how many at most}; pull_candidates
-- out   rows of pull_rows
-- Whoever was in an earlier pull of this program before we knew the customer stays in the cell they were in then.
INSERT INTO pull_rows (
    site, program_id, pull_id, attempt, held_out, row, campaign_id, list_id, pulled_at, cell, response_code, person, customer_id, visitor_ids, subject,
    subject_id, value, currency, doc)
WITH
    picked AS (
        SELECT * FROM (
            SELECT * FROM pull_candidates
            WHERE site = {site:String} AND attempt = {attempt:String}
            ORDER BY person, preferred DESC, at DESC, subject_id
            LIMIT 1 BY person
        )
        ORDER BY mark, person
        LIMIT {people:UInt32}
    ),
    before AS (
        SELECT name, argMin(cell, pulled_at) AS cell, min(pulled_at) AS since
        FROM pull_rows
        ARRAY JOIN if(customer_id != '', [concat('c:', customer_id)], arrayMap(visitor_id -> concat('v:', visitor_id), visitor_ids)) AS name
        WHERE site = {site:String} AND program_id = {program_id:String}
            AND (pull_id, attempt) IN (SELECT pull_id, attempt FROM pulls WHERE site = {site:String} AND program_id = {program_id:String})
        GROUP BY name
    ),
    earlier AS (
        SELECT person, argMin(before.cell, (since, name)) AS cell
        FROM (
            SELECT person, arrayJoin(arrayConcat([person], arrayMap(visitor_id -> concat('v:', visitor_id), visitor_ids))) AS name
            FROM picked
        ) AS names
        INNER JOIN before USING (name)
        GROUP BY person
    ),
    placed AS (
        SELECT picked.* EXCEPT (cell), if(earlier.cell != '', earlier.cell, picked.cell) AS cell, cell = {hold_out:String} AS is_held_out
        FROM picked
        LEFT JOIN earlier USING (person)
    )
SELECT
    {site:String}, {program_id:String}, {pull_id:String}, {attempt:String}, is_held_out,
    row_number() OVER (PARTITION BY is_held_out ORDER BY at DESC, subject_id), {campaign_id:String}, {list_id:String},
    fromUnixTimestamp64Milli({pulled_ms:Int64}, 'UTC'), cell, {codes:Array(String)}[indexOf({cells:Array(String)}, cell)],
    person, customer_id, visitor_ids, subject, subject_id, value, currency, doc
FROM placed
