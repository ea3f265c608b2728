-- 0017_cart_keys.sql: the cart of a session as a number: lists look through all sessions for those of robots and of the carts these had.

-- Made by the database when the row is written, as owner_keys in 0010; of sessions that are stored already it is made when they are read, until they are
-- merged. The id itself is four times as wide.
ALTER TABLE sessions /*on_cluster*/
    ADD COLUMN cart_key UInt64 MATERIALIZED if(cart_id = '', 0, cityHash64(cart_id));   -- 0 = none
