-- as_pandas.sql: the product's sessions of the same visitors, to be compared with those of pandas.
-- in    {site:String} {last:String} the last visitor
-- out   a row per session, in the columns of pandas_check.COLUMNS
SELECT
    visitor_id, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms, engaged_ms, customer_id, page_views, events, searches,
    entry_url, exit_url, toString(channel) AS channel, campaign, medium, referrer, toString(device_type) AS device_type, toString(browser) AS browser, toString(os) AS os,
    toString(quarantine_reason) AS quarantine_reason, cart_id, toFloat64(cart_value) AS cart_value, toFloat64(cart_added) AS cart_added, toFloat64(cart_removed) AS cart_removed,
    length(purchases) AS purchases, products.id AS product_ids, content.id AS content_ids, arraySum(products.seen_ms) + arraySum(content.seen_ms) AS seen_ms,
    toString(purpose) AS purpose, round(toFloat64(score_information), 4) AS score_information, round(toFloat64(score_browsing), 4) AS score_browsing,
    round(toFloat64(score_purchase), 4) AS score_purchase,
    product_views, products_touched, category_views, editorial_views, editorial_ms, promotion_clicks, checkout_steps, toString(checkout_stage) AS checkout_stage, earlier_sessions
FROM sessions FINAL
WHERE site = {site:String} AND visitor_id <= {last:String} AND NOT tombstone
ORDER BY visitor_id, started_ms
