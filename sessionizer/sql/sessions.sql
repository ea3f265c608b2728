-- sessions.sql: all facts of the sessions whose spans are known, with customer, cart, purchases, source, device and purpose.
-- in    {site:String} {own_hosts:Array(String)} {built_at:DateTime64(3, 'UTC')};
--       sources.toml: {hosts:Array(String)} are of these {host_kinds:Array(String)}: search, social, email, ai, passage (never takes attribution),
--       referral; {said:Array(String)}, what a utm_source alone means, of these {said_kinds:Array(String)}; names of address parameters
--       {paid_parameters:Array(String)} {email_parameters:Array(String)} {social_parameters:Array(String)} {search_parameters:Array(String)};
--       purpose.toml: {purpose_model:String} and the points, as {purchase_cart_added:Array(Int16)}, for each side and figure;
--       tables work, heard, spans; folded and visitors (who they were, their carts and orders), user_agents
-- out   rows of built
-- edge  passive rows belong to the session of their page view, attached rows to the session in whose time they fall, else to none
INSERT INTO built (site, visitor_id, session_id, version, tombstone, superseded_by, content_hash, built_at, started_at, ended_at, engaged_ms,
                   customer_id, identified_at, identified_how, page_views, events, searches, entry_url, exit_url,
                   channel, campaign, medium, utm_source, referrer, device_type, browser, os, quarantine_reason, bot_class, products, content,
                   cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed, purchases,
                   purpose, purpose_model, score_information, score_browsing, score_purchase,
                   product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks,
                   checkout_steps, checkout_stage, earlier_sessions)
WITH
views AS (          -- when each page was opened
    SELECT visitor, page, min(at_ms) AS view_ms
    FROM heard WHERE type = 'page_view' AND page != 0 AND role = 'activity'
    GROUP BY visitor, page
),
described AS (      -- what passive rows say of a page: cumulative figures, so the highest of each page and content counts
    SELECT
        s.span AS span, p.page AS page, p.thing AS thing, any(p.kind) AS kind, any(p.content_id) AS id,
        count() AS events, max(p.engaged_ms) AS engaged_ms,
        max(p.seen_ms) AS seen_ms, max(p.touched_ms) AS touched_ms, max(p.touches) AS touches, max(p.clicks) AS clicks,
        max(p.name) AS name, max(p.category) AS category, max(p.at_ms) AS named_ms
    FROM (
        SELECT
            h.visitor AS visitor, h.page AS page, h.thing AS thing, h.kind AS kind, h.content_id AS content_id, h.at_ms AS at_ms,
            h.engaged_ms AS engaged_ms, h.seen_ms AS seen_ms, h.touched_ms AS touched_ms, h.touches AS touches, h.clicks AS clicks,
            h.name AS name, h.category AS category,
            if(v.view_ms = 0, h.at_ms, v.view_ms) AS placed_ms
        FROM heard AS h
        LEFT JOIN views AS v ON h.visitor = v.visitor AND h.page = v.page
        WHERE h.role = 'passive'
    ) AS p
    ASOF JOIN spans AS s ON p.visitor = s.visitor AND p.placed_ms >= s.started_ms
    GROUP BY span, page, thing
),
placed AS (         -- all other rows with their session
    SELECT
        s.span AS span, h.at_ms AS at_ms,
        concat(reinterpretAsFixedString(byteSwap(toUInt64(h.at_ms))), h.event_id) AS place,     -- by time, then id: one text is compared twice as quickly as the pair
        h.type AS type, h.role AS role, h.webdriver AS webdriver, h.ua AS ua,
        h.url AS url, h.referrer AS referrer, h.query AS query, h.products AS products, h.step AS step, h.step_name AS step_name
    FROM heard AS h
    ASOF JOIN spans AS s ON h.visitor = s.visitor AND h.at_ms >= s.started_ms
    WHERE h.role = 'activity' OR (h.role = 'attached' AND h.at_ms <= s.ended_ms)
),
things AS (         -- each content of a session: views of products, and the ladder seen, touched, clicked summed over pages
    SELECT
        span, thing, any(kind) AS kind, any(id) AS id, sum(events) AS events, sum(engaged_ms) AS engaged_ms, sum(views) AS views,
        sum(seen_ms) AS seen_ms, sum(touched_ms) AS touched_ms, sum(touches) AS touches, sum(clicks) AS clicks,
        -- the latest that is known; equal times by a hash, which is quicker than by text
        argMaxIf(name, bitShiftLeft(toUInt64(named_ms), 20) + cityHash64(name) % 1048576, name != '') AS name,
        argMaxIf(category, bitShiftLeft(toUInt64(named_ms), 20) + cityHash64(category) % 1048576, category != '') AS category
    FROM (
        SELECT span, thing, kind, id, events, engaged_ms, 0 AS views, seen_ms, touched_ms, touches, clicks, name, category, named_ms
        FROM described
        UNION ALL
        SELECT span, product.1 AS thing, 'product' AS kind, product.2 AS id, 0 AS events, 0 AS engaged_ms, 1 AS views,
               0 AS seen_ms, 0 AS touched_ms, 0 AS touches, 0 AS clicks, product.3 AS name, product.4 AS category, at_ms AS named_ms
        FROM placed ARRAY JOIN arrayDistinct(products) AS product
        WHERE type = 'product_view'
    )
    GROUP BY span, thing
),
shelf AS (          -- the session's contents in one row, those dealt with most first
    SELECT
        span,
        sum(events) AS events,
        sum(engaged_ms) AS engaged_ms,
        arraySort(p -> (-p.4, -p.6, -p.8, -p.5, p.1), groupArrayIf((id, name, category, toUInt32(views), seen_ms, touched_ms, toUInt32(touches), toUInt32(clicks)),
            kind = 'product' AND id != '' AND (views > 0 OR seen_ms > 0 OR touched_ms > 0 OR touches > 0 OR clicks > 0))) AS products,
        arraySort(c -> (-c.7, -c.5, -c.4, c.1, c.2), groupArrayIf((kind, id, name, seen_ms, touched_ms, toUInt32(touches), toUInt32(clicks)),
            kind NOT IN ('', 'product') AND (seen_ms > 0 OR touched_ms > 0 OR touches > 0 OR clicks > 0))) AS content,
        countIf(kind = 'category' AND (seen_ms > 0 OR clicks > 0)) AS category_views,
        countIf(kind = 'editorial' AND seen_ms > 0) AS editorial_views,
        sumIf(seen_ms, kind = 'editorial') AS editorial_ms,
        sumIf(clicks, kind IN ('promotion', 'advertisement')) AS promotion_clicks
    FROM things
    GROUP BY span
),
facts AS (          -- what the visitor did, in figures
    SELECT
        span,
        count() AS events,
        countIf(type = 'page_view') AS page_views,
        countIf(type = 'product_view') AS product_views,
        countIf(type = 'checkout') AS checkout_steps,
        multiIf(countIf(type = 'checkout' AND if(step_name = '', step >= 3, match(lowerUTF8(step_name), 'pay|zahl|pago|pagamento|paiement|betal|platb|płat'))) > 0,
                'payment', checkout_steps > 0, 'checkout', '') AS checkout_stage,
        argMinIf(url, place, role = 'activity' AND url != '') AS entry_url,
        argMaxIf(url, place, role = 'activity' AND url != '') AS exit_url,
        argMinIf(referrer, place, role = 'activity' AND url != '') AS referrer,   -- of the entry page
        argMinIf(ua, place, role = 'activity' AND ua != '') AS ua,
        max(webdriver) AS webdriver,
        arrayCompact(arrayMap(s -> s.2, arraySort(groupArrayIf((place, query), type = 'search' AND query != '')))) AS searches
    FROM placed
    GROUP BY span
),
arrivals AS (       -- where each page view came from: what its address says comes before what its referrer's host is
    SELECT
        s.span AS span, h.at_ms AS at_ms, h.event_id AS event_id, h.referrer AS referrer,
        lower(domainWithoutWWW(h.referrer)) AS host,
        -- of its names the most exact one counts: itself, its parent, its domain, its brand under any ending, its beginning
        arrayMap(name -> transform(name, {hosts:Array(String)}, {host_kinds:Array(String)}, ''), [
            host, substring(host, position(host, '.') + 1), cutToFirstSignificantSubdomain(host), concat(firstSignificantSubdomain(host), '.*'),
            if(countSubstrings(host, '.') > 1, substring(host, 1, position(host, '.')), '')]) AS kinds,
        arrayFirst(kind -> kind != '', kinds) AS host_kind,
        host = lower(domainWithoutWWW(h.url))
            OR arrayExists(own -> host = own OR endsWith(host, concat('.', own)), {own_hosts:Array(String)}) AS is_inside,
        positionCaseInsensitive(h.url, 'utm_') > 0 AS is_tagged,
        if(is_tagged, extract(h.url, '(?i)[?&;#]utm_medium=([^&#]+)'), '') AS raw_medium,
        if(is_tagged, extract(h.url, '(?i)[?&;#]utm_source=([^&#]+)'), '') AS raw_source,
        if(is_tagged, extract(h.url, '(?i)[?&;#]utm_campaign=([^&#]+)'), '') AS raw_campaign,
        lowerUTF8(trimBoth(toValidUTF8(decodeURLFormComponent(raw_medium)))) AS medium,
        trimBoth(toValidUTF8(decodeURLFormComponent(raw_source))) AS utm_source,
        trimBoth(toValidUTF8(decodeURLFormComponent(raw_campaign))) AS campaign,
        transform(lowerUTF8(utm_source), {said:Array(String)}, {said_kinds:Array(String)}, '') AS said,
        extractURLParameterNames(lower(replaceAll(h.url, '&amp;', '&'))) AS added,
        multiIf(
            host_kind = 'passage', 'direct',    -- whatever is carried along
            hasAny(added, {paid_parameters:Array(String)})
                OR match(medium, '^(cp[acmpv]|ppc|ads?|display|banner|interstitial|re(targeting|marketing)|paid)([^a-z]|$)|^paid'), 'paid',
            match(medium, '^(e[-_ ]?mail|newsletter|mailing)([^a-z]|$)'), 'email',
            match(medium, '^social'), 'social',
            medium IN ('organic', 'seo'), if(said = '', 'search', said),
            medium IN ('', 'referral', 'link', '(none)', '(not set)') AND said != '', said,
            medium IN ('referral', 'link'), 'referral',
            medium != '' OR utm_source != '' OR campaign != '', 'campaign',
            is_inside, 'direct',
            hasAny(added, {email_parameters:Array(String)}), 'email',
            hasAny(added, {social_parameters:Array(String)}), 'social',
            hasAny(added, {search_parameters:Array(String)}), 'search',
            host = '', 'direct',
            host_kind = '', 'referral',
            host_kind) AS channel
    FROM (
        SELECT visitor, at_ms, event_id, url, referrer
        FROM heard      -- most pages were come to from within, and their address says nothing
        WHERE type = 'page_view' AND role = 'activity' AND (position(url, '=') > 0 OR (referrer != '' AND domain(referrer) != domain(url)))
    ) AS h
    ASOF JOIN spans AS s ON h.visitor = s.visitor AND h.at_ms >= s.started_ms
),
sources AS (        -- a session's source is the first that it names
    SELECT span, argMin((channel, campaign, medium, utm_source, referrer), (at_ms, event_id)) AS source
    FROM arrivals
    WHERE channel != 'direct'
    GROUP BY span
),
people AS (        -- as just folded, else as stored
    SELECT visitor_id, claims, cart_moments, orders, released
    FROM folded
    WHERE visitor_id IN (SELECT visitor_id FROM work)
    UNION ALL
    SELECT visitor_id, claims, cart_moments, orders, released
    FROM visitors FINAL
    WHERE site = {site:String} AND visitor_id IN (SELECT visitor_id FROM work) AND visitor_id NOT IN (SELECT visitor_id FROM folded)
),
agents AS (
    SELECT ua, any(device_type) AS device_type, any(browser) AS browser, any(os) AS os, any(bot_class) AS bot_class
    FROM user_agents
    WHERE ua IN (SELECT ua FROM heard)
    GROUP BY ua
),
known AS (          -- span, figures, contents and people in one row; all times in ms
    SELECT
        s.visitor_id AS visitor_id, s.session_id AS session_id, s.started_ms AS started_ms, s.ended_ms AS ended_ms,
        row_number() OVER (PARTITION BY s.visitor_id, intDiv(s.started_ms, 86400000) ORDER BY s.started_ms) - 1 AS earlier_sessions,
        f.events + c.events AS events, c.engaged_ms AS engaged_ms, f.page_views AS page_views, f.searches AS searches,
        f.entry_url AS entry_url, f.exit_url AS exit_url, f.product_views AS product_views,
        if(o.source.1 = '', 'direct', o.source.1) AS channel, o.source.2 AS campaign, o.source.3 AS medium, o.source.4 AS utm_source,
        if(o.source.1 = '', f.referrer, o.source.5) AS referrer,
        f.checkout_steps AS checkout_steps, f.checkout_stage AS checkout_stage,
        c.products AS products, c.content AS content, c.category_views AS category_views, c.editorial_views AS editorial_views,
        c.editorial_ms AS editorial_ms, c.promotion_clicks AS promotion_clicks,
        fromUnixTimestamp64Milli(s.started_ms, 'UTC') AS started_at, fromUnixTimestamp64Milli(s.ended_ms, 'UTC') AS ended_at,
        -- the customer at its end, else the last one during it; who was there in person comes before who claimed the time later
        arrayFilter(k -> (k.from_at < ended_at OR k.from_at <= started_at OR k.identified_at <= ended_at) AND k.until_at > started_at, p.claims) AS overlapping,
        arrayFilter(k -> k.identified_at <= ended_at, overlapping) AS present,
        if(empty(present), overlapping[-1], present[-1]) AS claim,
        arrayFilter(m -> m.at <= ended_at, p.cart_moments)[-1] AS cart,
        arrayFilter(m -> m.at BETWEEN started_at AND ended_at, p.cart_moments) AS moves,
        arrayFilter(o -> o.at BETWEEN started_at AND ended_at, p.orders) AS purchases,
        a.device_type AS device_type, a.browser AS browser, a.os AS os, a.bot_class AS bot_class,
        multiIf(p.released, '', a.bot_class != '', 'user_agent', f.webdriver, 'webdriver',
                f.page_views >= 200 AND f.page_views * 500 > s.ended_ms - s.started_ms, 'rate', '') AS quarantine_reason
    FROM spans AS s
    LEFT JOIN facts AS f ON s.span = f.span
    LEFT JOIN shelf AS c ON s.span = c.span
    LEFT JOIN sources AS o ON s.span = o.span
    LEFT JOIN people AS p ON s.visitor_id = p.visitor_id
    LEFT JOIN agents AS a ON f.ua = a.ua
),
weighed AS (        -- the purpose (tracker/purpose.toml): points by figures, each of which speaks for one side; two logistics make them scores
    WITH ((figure, points) -> points[least(toUInt32(figure), toUInt32(length(points) - 1)) + 1]) AS weigh    -- for 0, 1, 2, …; the last counts for all above
    SELECT
        *,
        length(arrayFilter(p -> p.6 > 0 OR p.7 > 0 OR p.8 > 0, products)) AS products_touched,
        arraySum(moves.added) AS units_added,
        arraySum(moves.removed) AS units_removed,
        arraySum(cart.items.quantity) AS units_left,
        {purchase_start:Int16} + weigh(length(purchases), {purchase_bought:Array(Int16)})
            + weigh(checkout_stage = 'payment', {purchase_payment:Array(Int16)})
            + weigh(checkout_steps, {purchase_checkout_steps:Array(Int16)})
            + weigh(ceil(units_added), {purchase_cart_added:Array(Int16)})
            + weigh(units_removed > 0 AND units_left = 0 AND empty(purchases), {purchase_cart_emptied:Array(Int16)})
            + weigh(ceil(greatest(units_left - units_added + units_removed, 0)), {purchase_cart_before:Array(Int16)})
            + weigh(product_views, {purchase_product_views:Array(Int16)})
            + weigh(if(product_views = 0 OR editorial_ms > engaged_ms, 0, intDiv(engaged_ms - editorial_ms, 60000)), {purchase_attention_min:Array(Int16)})
            + weigh(if(units_added > 0, 0, arrayUniq(arrayFilter((c, views) -> c != '' AND views > 0, products.3, products.4))),
                    {purchase_wandering:Array(Int16)})
            + weigh(products_touched, {purchase_products_touched:Array(Int16)})
            + weigh(length(searches), {purchase_searches:Array(Int16)})
            + weigh(claim.customer_id != '', {purchase_identified:Array(Int16)})
            + weigh(earlier_sessions, {purchase_earlier_sessions:Array(Int16)})
            + weigh(channel = 'email', {purchase_from_email:Array(Int16)})
            + weigh(channel = 'social', {purchase_from_social:Array(Int16)}) AS for_purchase,
        {browsing_start:Int16} + weigh(product_views, {browsing_product_views:Array(Int16)})
            + weigh(products_touched, {browsing_products_touched:Array(Int16)})
            + weigh(category_views, {browsing_category_views:Array(Int16)})
            + weigh(promotion_clicks, {browsing_promotion_clicks:Array(Int16)}) AS for_browsing,
        weigh(editorial_views, {information_editorial_views:Array(Int16)})
            + weigh(intDiv(editorial_ms, 60000), {information_editorial_min:Array(Int16)})
            + weigh(if(product_views = 0, length(searches), 0), {information_unanswered:Array(Int16)}) AS for_information
    FROM known
),
scored AS (         -- apart from the points, as each use of an alias would be planned anew
    SELECT
        *,
        round(1 / (1 + exp(-for_purchase / 10)), 4) AS purchase,
        round((1 - purchase) / (1 + exp((for_browsing - for_information) / 10)), 4) AS information,
        round(1 - purchase - information, 4) AS browsing
    FROM weighed
)
SELECT
    {site:String}, visitor_id, session_id, 0, false, '',
    sipHash64(
        started_ms, ended_ms, engaged_ms, claim, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, utm_source, referrer,
        device_type, browser, os, quarantine_reason, bot_class, products, content, cart, moves.added, moves.removed, purchases,
        information, browsing, purchase, product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks,
        checkout_steps, checkout_stage, earlier_sessions),
    {built_at:DateTime64(3, 'UTC')}, started_at, ended_at, engaged_ms,
    claim.customer_id, claim.identified_at, claim.how, page_views, events, searches, entry_url, exit_url,
    channel, campaign, medium, utm_source, referrer, if(device_type = '', 'unknown', device_type), browser, os, quarantine_reason, bot_class, products, content,
    cart.cart_id, cart.items, cart.value, cart.currency, arraySum(moves.added), arraySum(moves.removed), purchases,
    multiIf(purchase >= browsing AND purchase >= information, 'purchase', browsing >= information, 'browsing', 'information'), {purpose_model:String},
    information, browsing, purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks,
    checkout_steps, checkout_stage, earlier_sessions
FROM scored
