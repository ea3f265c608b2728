-- sites.sql: every site, the removed ones too.
-- in    nothing
-- out   doc (a Site as JSON), version, removed
SELECT doc, version, removed
FROM sites FINAL
ORDER BY name
