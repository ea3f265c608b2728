-- report.sql: what the people of a program, or of a rule, did within so many days after they were first picked, by the cell they were put in then.
-- in    {site:String} {test_id:String} program_id or rule_id   {now_ms:Int64} {measure_ms:Int64}
--       {cells:Array(String)} {codes:Array(String)}   those cells that have a response code, and the code of each
-- out   a row per cell: cell, people, still_open, contacted, returned, responded, responses_of_others, ordered,
--       and of those who ordered: currencies, payers, totals, squares (arrays, by currency; squares of each person's total)
-- One person counts once: whoever was picked as a visitor and is known as a customer since is that customer.
WITH
    pulled AS (
        SELECT customer_id, visitor_ids, person, cell, held_out, pulled_at
        FROM pull_rows
        WHERE site = {site:String} AND program_id = {test_id:String}
            AND (pull_id, attempt) IN (SELECT pull_id, attempt FROM pulls WHERE site = {site:String} AND program_id = {test_id:String})
        UNION ALL
        SELECT customer_id, visitor_ids, person, cell, cell = '' OR NOT done AS held_out, found_at AS pulled_at
        FROM rule_matches FINAL
        WHERE site = {site:String} AND rule_id = {test_id:String} AND empty(suppressed)
    ),
    claimed AS (
        SELECT visitor_id, claim.1 AS from_at, claim.2 AS until_at, claim.3 AS customer_id
        FROM visitors FINAL
        ARRAY JOIN claims AS claim
        WHERE site = {site:String} AND visitor_id IN (SELECT arrayJoin(visitor_ids) FROM pulled WHERE customer_id = '')
    ),
    since_known AS (
        SELECT nameless.person AS person, nameless.pulled_at AS pulled_at, min(claimed.customer_id) AS customer_id
        FROM (SELECT person, pulled_at, arrayJoin(visitor_ids) AS visitor_id FROM pulled WHERE customer_id = '') AS nameless
        INNER JOIN claimed ON claimed.visitor_id = nameless.visitor_id
        WHERE claimed.from_at <= nameless.pulled_at AND nameless.pulled_at < claimed.until_at
        GROUP BY person, pulled_at
    ),
    people AS (
        SELECT
            multiIf(pulled.customer_id != '', pulled.person, since_known.customer_id != '', concat('c:', since_known.customer_id), pulled.person) AS who,
            argMin(pulled.cell, pulled.pulled_at) AS cell, min(pulled.pulled_at) AS since, max(NOT pulled.held_out) AS is_contacted,
            groupUniqArrayArray(pulled.visitor_ids) AS visitor_ids
        FROM pulled
        LEFT JOIN since_known ON since_known.person = pulled.person AND since_known.pulled_at = pulled.pulled_at
        GROUP BY who
    ),
    bought AS (
        SELECT concat('c:', customer_id) AS who, each.2 AS at, each.3 - each.6 AS value, each.4 AS currency, each.1 AS order_id
        FROM customers FINAL
        ARRAY JOIN orders AS each
        WHERE site = {site:String} AND NOT tombstone AND customer_id IN (SELECT substring(who, 3) FROM people WHERE startsWith(who, 'c:')) AND each.5 != 'cancelled'
        UNION ALL
        SELECT people.who AS who, told.at AS at, told.value AS value, told.currency AS currency, told.order_id AS order_id
        FROM (
            SELECT visitor_id, each.2 AS at, if(each.5 = 'refunded', 0, each.3) AS value, each.4 AS currency, each.1 AS order_id
            FROM visitors FINAL
            ARRAY JOIN orders AS each
            WHERE site = {site:String} AND visitor_id IN (SELECT arrayJoin(visitor_ids) FROM people WHERE startsWith(who, 'v:')) AND each.5 != 'cancelled'
        ) AS told
        INNER JOIN (SELECT who, arrayJoin(visitor_ids) AS visitor_id FROM people WHERE startsWith(who, 'v:')) AS people USING (visitor_id)
    ),
    spent AS (
        SELECT who, currency, sum(value) AS value
        FROM (
            SELECT bought.who AS who, bought.order_id AS order_id, any(bought.currency) AS currency, any(toFloat64(bought.value)) AS value
            FROM bought
            INNER JOIN people ON people.who = bought.who
            WHERE bought.at > people.since AND bought.at <= people.since + toIntervalMillisecond({measure_ms:Int64})
            GROUP BY who, order_id
        )
        GROUP BY who, currency
    ),
    spent_by AS (SELECT who, groupArray(currency) AS currencies, groupArray(value) AS totals FROM spent GROUP BY who),
    named AS (
        SELECT who, since, cell, name FROM people
        ARRAY JOIN arrayDistinct(arrayConcat([who], arrayMap(visitor_id -> concat('v:', visitor_id), visitor_ids))) AS name
    ),
    back AS (
        SELECT DISTINCT named.who AS who
        FROM (
            SELECT if(customer_id != '', concat('c:', customer_id), concat('v:', visitor_id)) AS name, started_at
            FROM sessions FINAL
            WHERE site = {site:String} AND NOT tombstone AND quarantine_reason = '' AND started_at > (SELECT min(since) FROM people)
                AND (customer_id IN (SELECT substring(who, 3) FROM people WHERE startsWith(who, 'c:')) OR visitor_id IN (SELECT arrayJoin(visitor_ids) FROM people))
        ) AS visits
        INNER JOIN named ON named.name = visits.name
        WHERE visits.started_at > named.since AND visits.started_at <= named.since + toIntervalMillisecond({measure_ms:Int64})
    ),
    came_back AS (
        SELECT DISTINCT
            customer_id, visitor_id, at,
            {cells:Array(String)}[indexOf({codes:Array(String)}, upper(trim(if(type = 'page_view', extractURLParameter(url, 'rc'), JSONExtractString(props, 'response_code')))))] AS cell
        FROM owner_events
        WHERE site = {site:String} AND at > (SELECT min(since) FROM people) AND cell != ''
            AND (type IN ('order', 'response') OR (type = 'page_view' AND position(url, 'rc=') > 0))
    ),
    theirs AS (
        SELECT came_back.visitor_id AS visitor_id, came_back.at AS at, min(claim.3) AS customer_id
        FROM (SELECT visitor_id, claim FROM visitors FINAL ARRAY JOIN claims AS claim
              WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM came_back)) AS claimed_then
        INNER JOIN came_back ON came_back.visitor_id = claimed_then.visitor_id
        WHERE claim.1 <= came_back.at AND came_back.at < claim.2
        GROUP BY visitor_id, at
    ),
    answers AS (
        SELECT DISTINCT
            multiIf(came_back.customer_id != '', concat('c:', came_back.customer_id), theirs.customer_id != '', concat('c:', theirs.customer_id),
                    concat('v:', came_back.visitor_id)) AS name,
            came_back.at AS at, came_back.cell AS cell
        FROM came_back
        LEFT JOIN theirs ON theirs.visitor_id = came_back.visitor_id AND theirs.at = came_back.at
    ),
    answered AS (
        SELECT DISTINCT named.who AS who
        FROM answers
        INNER JOIN named ON named.name = answers.name AND named.cell = answers.cell
        WHERE answers.at > named.since AND answers.at <= named.since + toIntervalMillisecond({measure_ms:Int64})
    ),
    others AS (
        SELECT cell, uniqExact(name) AS count
        FROM answers
        WHERE (name, cell) NOT IN (SELECT name, cell FROM named)
        GROUP BY cell
    )
SELECT
    people.cell AS cell, count() AS people, countIf(people.since + toIntervalMillisecond({measure_ms:Int64}) > fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')) AS still_open,
    countIf(people.is_contacted) AS contacted,
    countIf(people.who IN (SELECT who FROM back)) AS returned,
    countIf(people.who IN (SELECT who FROM answered)) AS responded,
    any(others.count) AS responses_of_others,
    countIf(notEmpty(spent_by.currencies)) AS ordered,
    sumMap(spent_by.currencies, arrayMap(total -> toUInt64(1), spent_by.totals)) AS payers_by,
    sumMap(spent_by.currencies, spent_by.totals).2 AS totals,
    sumMap(spent_by.currencies, arrayMap(total -> total * total, spent_by.totals)).2 AS squares,
    payers_by.1 AS currencies, payers_by.2 AS payers
FROM people
LEFT JOIN spent_by ON spent_by.who = people.who
LEFT JOIN others ON others.cell = people.cell
GROUP BY people.cell
