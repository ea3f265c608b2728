-- 0008_cart_history.sql: what lists ask of a cart, and its own history. A row from before has none of it until `tracker rebuild`.

ALTER TABLE carts /*on_cluster*/
    ADD COLUMN item_ids       Array(String),                              -- what is in the cart; of one that an order closed, what that took
    ADD COLUMN categories     Array(String),                              -- of these items, with what is above: a/b is also a
    ADD COLUMN marketing      Nullable(Bool),                             -- may its owner be written to; null: nobody said
    ADD COLUMN item_bought_at Nullable(DateTime64(3, 'UTC')),             -- when its owner last bought any of these items
    ADD COLUMN response_code  String,                                     -- the code with which a recovered cart came back
    ADD COLUMN history        String DEFAULT '[]' CODEC(ZSTD);            -- JSON: what happened to it, oldest first (sessionizer/history.py)

-- A page that the visitor came to by a link of a message, and a response that the company reports, may say why a cart came back.
ALTER TABLE owner_events_of_events /*on_cluster*/ MODIFY QUERY SELECT
    site, if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
    visitor_id, event_id, type, at, received_at, source, url, customer_id, items, step, step_name, order_id, value, currency, props, inserted_at
FROM events
WHERE type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order', 'refund', 'order_cancelled', 'order_updated', 'order_watermark',
               'identify', 'logout', 'consent', 'customer_update', 'release', 'response')
    OR (type = 'page_view' AND match(url, '(?i)[?&](rc=[^&#]|utm_medium=(e-?mail|newsletter|sms|mms|push|messenger|whatsapp))'));

ALTER TABLE arrivals_of_events /*on_cluster*/ MODIFY QUERY SELECT
    site,
    if(visitor_id = '', concat('c:', customer_id), concat('v:', visitor_id)) AS owner,
    visitor_id,
    toDate(at) AS day,
    min(at) AS first_at,
    countIf(type IN ('cart_add', 'cart_remove', 'cart_set', 'checkout', 'order', 'refund', 'order_cancelled', 'order_updated', 'order_watermark',
                     'identify', 'logout', 'consent', 'customer_update', 'release', 'response')
            OR (type = 'page_view' AND match(url, '(?i)[?&](rc=[^&#]|utm_medium=(e-?mail|newsletter|sms|mms|push|messenger|whatsapp))'))) AS owner_rows,
    countIf(type IN ('identify', 'logout', 'release')) AS identity_rows,
    max(inserted_at) AS inserted_at
FROM events
GROUP BY site, owner, visitor_id, day;

-- Those pages that came before this file did; a row that comes twice by this says the same.
INSERT INTO owner_events
SELECT
    site, concat('v:', visitor_id) AS owner,
    visitor_id, event_id, type, at, received_at, source, url, customer_id, items, step, step_name, order_id, value, currency, props, inserted_at
FROM events
WHERE type = 'page_view' AND visitor_id != '' AND match(url, '(?i)[?&](rc=[^&#]|utm_medium=(e-?mail|newsletter|sms|mms|push|messenger|whatsapp))');
