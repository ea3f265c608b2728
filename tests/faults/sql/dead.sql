-- dead.sql: the dead letters of a site.
-- in    {site:String}
-- out   one row per letter: reason, line
SELECT reason, line FROM dead_letters WHERE site = {site:String}
