-- bury_carts.sql: carts that are no more (moved into another at a log-in, or changed by a late event) become tombstones.
-- in    {site:String} {carts:Array(String)} {built_at:DateTime64(3, 'UTC')}
-- out   rows of carts, one version up
INSERT INTO carts (site, cart_id, version, tombstone, content_hash, built_at, customer_id, visitor_ids, state, stage, currency, opened_at, touched_at)
SELECT site, cart_id, version + 1, true, 0, {built_at:DateTime64(3, 'UTC')}, customer_id, visitor_ids, state, stage, currency, opened_at, touched_at
FROM carts FINAL
WHERE site = {site:String} AND cart_id IN {carts:Array(String)} AND NOT tombstone
