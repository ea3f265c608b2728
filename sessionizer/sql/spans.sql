-- spans.sql: where sessions begin and end. This file answers "why is this one session?".
-- in    {site:String} {gap_ms:Int64, silence that a session survives} {cap_ms:Int64, longest piece of a run} {campaign_splits:UInt8}
--       {passage:Array(String), names of payment and log-in providers as in sources.toml} {passage_ms:Int64, silence that a return from one of them survives};
--       table heard: each event once
-- out   rows of spans: a row per session
-- edge  exactly gap_ms of silence joins, a millisecond more parts; exactly cap_ms stays whole; equal times are ordered by event_id
INSERT INTO spans (visitor, span, visitor_id, session_id, started_ms, ended_ms)
WITH
pages AS (          -- a page was visible as long as its rows follow each other; after a silence it proves only what it measured
    SELECT
        visitor, page,
        minIf(at_ms, type = 'page_view') AS view_ms,
        arrayFilter(t -> t >= view_ms, arraySort(groupArray(at_ms))) AS moments,
        arrayFirstIndex(step -> step > {gap_ms:Int64}, arrayDifference(moments)) AS silence,
        if(silence = 0, moments[-1], moments[silence - 1]) AS heard_until_ms,
        groupArrayIf((at_ms, least(toInt64(greatest(engaged_ms, seen_ms)), 86400000)), role = 'passive') AS measured,
        arrayMax(m -> least(m.1, view_ms + m.2), arrayPushFront(measured, (view_ms, toInt64(0)))) AS measured_until_ms
    FROM heard
    WHERE page != 0 AND role != 'attached'
    GROUP BY visitor, page
    HAVING countIf(type = 'page_view') > 0
),
standing AS (       -- what opens and lengthens sessions: activity, and rows about a page whose view nobody saw
    SELECT
        h.visitor AS visitor, h.visitor_id AS visitor_id, h.event_id AS event_id, h.at_ms AS at_ms,
        if(h.type = 'page_view' AND h.at_ms = p.view_ms, greatest(h.at_ms, p.heard_until_ms, p.measured_until_ms), h.at_ms) AS until_ms,
        lower(domainWithoutWWW(h.referrer)) AS host,
        h.type = 'page_view' AND host != '' AND host != lower(domainWithoutWWW(h.url))
            AND arrayExists(name -> name IN {passage:Array(String)}, [    -- back from a payment or log-in provider, by its names as in sessions.sql: no new visit, no new campaign
                host, substring(host, position(host, '.') + 1), cutToFirstSignificantSubdomain(host), concat(firstSignificantSubdomain(host), '.*'),
                if(countSubstrings(host, '.') > 1, substring(host, 1, position(host, '.')), '')]) AS returns,
        if({campaign_splits:UInt8} AND h.type = 'page_view' AND NOT returns, extract(h.url, '(?i)[?&;#]utm_campaign=([^&#]+)'), '') AS campaign
    FROM heard AS h
    LEFT JOIN pages AS p ON h.visitor = p.visitor AND h.page = p.page
    WHERE h.role = 'activity' OR (h.role = 'passive' AND p.view_ms = 0)
),
silences AS (       -- until when the visitor was there, before this event
    SELECT
        visitor, visitor_id, event_id, at_ms, until_ms, campaign,
        max(until_ms) OVER earlier AS there_until_ms,
        at_ms - there_until_ms > if(returns, greatest({gap_ms:Int64}, {passage_ms:Int64}), {gap_ms:Int64}) AS breaks
    FROM standing
    WINDOW earlier AS (PARTITION BY visitor ORDER BY at_ms, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
visits AS (         -- a run of activity is named by its beginning
    SELECT
        visitor, visitor_id, event_id, at_ms, until_ms, campaign,
        max(if(breaks, at_ms, 0)) OVER so_far AS visit_ms
    FROM silences
    WINDOW so_far AS (PARTITION BY visitor ORDER BY at_ms, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
campaigns AS (      -- where the site says so, a campaign that differs from the visit's last one begins a new run
    SELECT
        visitor, visitor_id, event_id, at_ms, until_ms, visit_ms, campaign,
        max(if(campaign = '', (0, '', ''), (at_ms, event_id, campaign))) OVER before_in_visit AS last_campaign,
        at_ms = visit_ms OR (campaign != '' AND campaign != last_campaign.3) AS opens
    FROM visits
    WINDOW before_in_visit AS (PARTITION BY visitor, visit_ms ORDER BY at_ms, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
runs AS (
    SELECT
        visitor, visitor_id, event_id, at_ms, until_ms,
        max(if(opens, at_ms, 0)) OVER so_far AS run_ms,
        intDiv(greatest(at_ms - run_ms - 1, 0), {cap_ms:Int64}) AS piece
    FROM campaigns
    WINDOW so_far AS (PARTITION BY visitor ORDER BY at_ms, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
    visitor,
    cityHash64(visitor, started_ms),
    visitor_id,
    concat(substring(hash, 1, 8), '-', substring(hash, 9, 4), '-8', substring(hash, 14, 3), '-a', substring(hash, 18, 3), '-', substring(hash, 21, 12)),
    started_ms,
    greatest(acted_ms, least(there_until_ms, next_ms - 1)) AS ended_ms      -- where a campaign split the visit, a page before it may be open still
FROM (
    SELECT
        visitor,
        any(visitor_id) AS visitor_id,
        min(at_ms) AS started_ms,
        max(at_ms) AS acted_ms,
        least(max(until_ms), run_ms + (piece + 1) * {cap_ms:Int64}) AS there_until_ms,
        leadInFrame(started_ms, 1, 4102444800000) OVER (PARTITION BY visitor ORDER BY started_ms ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_ms,
        -- the month is part of the name because `sessions` is partitioned by it: one session, one partition
        toYYYYMM(fromUnixTimestamp64Milli(started_ms, 'UTC')) AS month,
        lower(hex(sipHash128({site:String}, visitor_id, month, substring(min(concat(reinterpretAsFixedString(byteSwap(toUInt64(at_ms))), event_id)), 9)))) AS hash   -- the id of its first event
    FROM runs
    GROUP BY visitor, run_ms, piece
)
