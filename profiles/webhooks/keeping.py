"""The webhooks of a site, kept in the database: every row is a version.

in   what a person wants: an address, types, a description
out  Webhook; its secrets leave this room only once, when they are made
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from profiles.webhooks.signing import new_secret
from tracker.outbox import name_of, seconds
from tracker.store import Row, Store, load

OVERLAP_MS = 24 * 3_600_000  # after a rotation the old secret signs too for so long


@dataclass(frozen=True, slots=True)
class Secret:
    secret: str
    until_ms: int = 0  # 0 = the one that counts


@dataclass(frozen=True, slots=True)
class Webhook:
    site: str
    webhook_id: str
    url: str
    types: tuple[str, ...]  # empty = all
    description: str
    enabled: bool
    why: str  # why it was disabled, where nobody did it by hand
    secrets: tuple[Secret, ...]
    created_ms: int
    version: int = 0

    def takes(self, kind: str, target: str) -> bool:
        return self.enabled and (target == self.webhook_id or (not target and (not self.types or kind in self.types)))

    def valid_secrets(self, now_ms: int) -> list[str]:
        return [each.secret for each in self.secrets if not each.until_ms or now_ms < each.until_ms]

    def rotated(self, now_ms: int) -> Webhook:
        """The old one is valid for a day more; one that was on its way out already goes now."""
        return replace(self, secrets=(Secret(new_secret()), Secret(self.secrets[0].secret, now_ms + OVERLAP_MS)))


def new(site: str, url: str, types: Sequence[str], description: str, now_ms: int) -> Webhook:
    name = "we_" + name_of([secrets.token_hex(16)])[:20]
    return Webhook(site, name, url, tuple(types), description, True, "", (Secret(new_secret()),), now_ms)


def save(store: Store, webhook: Webhook, *, removed: bool = False) -> None:
    """One version up. A removed one keeps no secret."""
    kept = () if removed else webhook.secrets
    row = {
        "site": webhook.site, "webhook_id": webhook.webhook_id, "url": webhook.url, "types": webhook.types, "description": webhook.description,
        "enabled": webhook.enabled, "why": webhook.why, "secrets": [{"secret": each.secret, "until": seconds(each.until_ms)} for each in kept],
        "created_at": seconds(webhook.created_ms), "removed": removed, "version": webhook.version + 1,
    }  # fmt: skip
    store.insert("webhooks", msgspec.json.encode(row))


def of_site(store: Store, site: str) -> list[Webhook]:
    """Oldest first; of all sites where `site` is ''."""
    return [webhook(row) for row in store.rows(load("profiles.webhooks", "webhooks"), site=site)]


def one(store: Store, site: str, webhook_id: str) -> Webhook | None:
    return next((each for each in of_site(store, site) if each.webhook_id == webhook_id), None)


def webhook(row: Row) -> Webhook:
    known = tuple(Secret(secret, until_ms) for secret, until_ms in zip(row["secrets"], row["until_ms"], strict=True))
    return Webhook(
        row["site"], row["webhook_id"], row["url"], tuple(row["types"]), row["description"], row["enabled"], row["why"], known, row["created_ms"],
        row["version"],
    )  # fmt: skip
