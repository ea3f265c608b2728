"""The profiles: API, web UI and access. Reads what the sessionizer wrote, through tables only."""
