"""Business rules: if a cart, a session or a customer meets conditions, then a webhook, a list or an offer (docs/rules.md)."""
