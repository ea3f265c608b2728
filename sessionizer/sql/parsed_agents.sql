-- parsed_agents.sql: which of these user agents have been parsed before.
-- in    {agents:Array(String)}
-- out   ua
SELECT DISTINCT ua FROM user_agents WHERE ua IN {agents:Array(String)}
