-- person_letters.sql: dead letters that mention a person.
-- in    {site:String} {mentions:Array(String)} as they stand in a line of JSON; {from_ms:Int64} {until_ms:Int64}, of the event's own time
-- out   a row per letter, oldest first: letter (its number), at_ms, reason, message, line
SELECT toString(cityHash64(site, at, segment, line)) AS letter, toUnixTimestamp64Milli(at) AS at_ms, reason, message, line
FROM dead_letters
WHERE site IN ({site:String}, '') AND multiSearchAny(line, {mentions:Array(String)})
    AND JSONExtractFloat(line, 'at') * 1000 <= {until_ms:Int64}
    AND (JSONExtractFloat(line, 'at') * 1000 >= {from_ms:Int64} OR NOT JSONHas(line, 'at'))
ORDER BY at, letter
