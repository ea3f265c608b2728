"""Webhooks: what stands in the outbox goes to the addresses a site named, signed, in order, at least once (docs/webhooks.md)."""
