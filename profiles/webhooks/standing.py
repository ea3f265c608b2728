"""How it stands with each webhook, so that somebody acts: since when it fails, what waits for it, what it answered last.

in   `deliveries`
out  Standing, by webhook; the figures of all of them for /metrics
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profiles.webhooks.keeping import Webhook
from tracker.store import Store, load


@dataclass(frozen=True, slots=True)
class Standing:
    """`last_answer` is the HTTP status of the last try, 0 = none came; `failing_ms`: since when it takes nothing, None = it does not fail."""

    delivered: int = 0
    waiting: int = 0
    dead: int = 0
    tried_ms: int | None = None
    last_answer: int = 0
    last_why: str = ""
    failing_ms: int | None = None


NOTHING_YET = Standing()
FIELDS = Standing.__slots__


def of_site(store: Store, site: str) -> dict[str, Standing]:
    """By webhook id; of all sites where `site` is ''. One that was never told anything is not there."""
    rows = store.rows(load("profiles.webhooks", "standing"), site=site)
    return {row["webhook_id"]: Standing(**{name: row[name] for name in FIELDS}) for row in rows}


def figures(webhooks: Iterable[Webhook], standing: Mapping[str, Standing], now_ms: int) -> dict[str, int]:
    """`disabled`: by an answer, not by hand. What a disabled one did not take is no failure that goes on."""
    known = list(webhooks)
    on = [standing.get(each.webhook_id, NOTHING_YET) for each in known if each.enabled]
    failing_s = [max(0, now_ms - each.failing_ms) // 1000 for each in on if each.failing_ms is not None]
    return {
        "failing": len(failing_s), "failing_seconds": max(failing_s, default=0), "waiting": sum(each.waiting for each in on),
        "disabled": sum(not each.enabled and bool(each.why) for each in known),
    }  # fmt: skip
