-- backlog.sql: is there anything new, and how far to go in one tick.
-- in    {since:DateTime64(3, 'UTC')} {known:DateTime64(3, 'UTC')} moments of arrival: what came between the two is looked at once more,
--       because an insert may become visible after a later one; {rows:UInt64} how many new arrivals one tick takes;
--       {settled:DateTime64(3, 'UTC')}, from when on an insert may be only half visible (Store.settled_ms)
-- out   one row: again, how many rows came between the two; until_ms, when the last row came that this tick takes (0 = nothing new)
SELECT
    (SELECT count() FROM arrivals WHERE inserted_at > {since:DateTime64(3, 'UTC')} AND inserted_at <= {known:DateTime64(3, 'UTC')}) AS again,
    (SELECT toUnixTimestamp64Milli(max(at)) FROM (
        SELECT inserted_at AS at FROM arrivals WHERE inserted_at > {known:DateTime64(3, 'UTC')} AND inserted_at < {settled:DateTime64(3, 'UTC')} ORDER BY inserted_at LIMIT {rows:UInt64}
    )) AS until_ms
