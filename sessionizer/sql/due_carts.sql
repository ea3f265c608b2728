-- due_carts.sql: whose carts change by the clock or the order feed alone.
-- in    {site:String} {now:DateTime64(3, 'UTC')} {horizon:DateTime64(3, 'UTC'), the earlier of now and the feed's watermark}
--       {lost_before:DateTime64(3, 'UTC')} a cart untouched since then is lost, whether or not the feed came
-- out   customer_id, visitor_ids of each such cart
SELECT customer_id, visitor_ids
FROM carts FINAL
WHERE site = {site:String} AND NOT tombstone
    AND (next_at <= {horizon:DateTime64(3, 'UTC')}
         OR (next_at <= {now:DateTime64(3, 'UTC')} AND state = 'open' AND touched_at <= {lost_before:DateTime64(3, 'UTC')}))
