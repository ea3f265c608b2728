-- page_coverage.sql: of the pages the tag saw since a moment, how many told something of products. Counted by page id, above some ten thousand to about half a percent.
-- in    {site} {from_ms}
-- out   pages, product_pages (a product was viewed there), shown_pages (a product was viewed, or seen in a list)
SELECT
    uniqIf(page_id, type = 'page_view') AS pages,
    uniqIf(page_id, type = 'product_view') AS product_pages,
    uniqIf(page_id, type = 'product_view' OR (type = 'content' AND kind = 'product')) AS shown_pages
FROM events
WHERE site = {site:String} AND source = 'tag' AND page_id != '' AND type IN ('page_view', 'product_view', 'content')
  AND day >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')) AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
