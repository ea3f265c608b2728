-- stored_carts.sql: what is stored of these carts.
-- in    {site:String} {carts:Array(String)}
-- out   id, version, content_hash, tombstone, customer_id, visitor_ids, had_spell
SELECT cart_id AS id, version, content_hash, tombstone, customer_id, visitor_ids, had_spell
FROM carts FINAL
WHERE site = {site:String} AND cart_id IN {carts:Array(String)}
