-- page_sessions.sql: some sessions as they are shown, newest first; always named by visitor or by session, so that little is read.
-- in    {site} {visitors: empty = any} {sessions: empty = any} {from_ms} {to_ms: exclusive} {open_since_ms: active at or after = open} {limit}
-- out   one row per session that exists, quarantined ones too; times in ms
SELECT
    session_id, visitor_id, customer_id, identified_how,
    toUnixTimestamp64Milli(started_at) AS started_ms,
    toUnixTimestamp64Milli(ended_at) AS ended_ms,
    engaged_ms, page_views, events, searches, entry_url, exit_url, channel, campaign, medium, utm_source, referrer,
    device_type, browser, os, quarantine_reason, bot_class,
    products, content, cart_id, cart_items, cart_value, cart_currency, cart_added, cart_removed,
    CAST(arrayMap(p -> (p.order_id, toUnixTimestamp64Milli(p.at), p.value, p.currency, p.status, p.items), purchases),
         'Array(Tuple(order_id String, at_ms Int64, value Decimal(18, 4), currency String, status String,
                      items Array(Tuple(id String, name String, price Nullable(Decimal(18, 4)), quantity Decimal(12, 3)))))') AS purchases,
    purpose, purpose_model, score_information, score_browsing, score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, checkout_stage, earlier_sessions,
    ended_at >= fromUnixTimestamp64Milli({open_since_ms:Int64}, 'UTC') AS is_open
FROM sessions FINAL
WHERE site = {site:String}
  AND NOT tombstone
  AND (empty({visitors:Array(String)}) OR visitor_id IN {visitors:Array(String)})
  AND (empty({sessions:Array(String)}) OR session_id IN {sessions:Array(String)})
  AND started_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND started_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
ORDER BY started_at DESC, session_id DESC
LIMIT {limit:UInt32}
