"""Messages on their way: one Delivery for each message and webhook, every row a version.

in   a message and whom it is for; what became of a try
out  Delivery, lists of them
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from profiles.webhooks.ladder import Next, Outcome
from tracker.outbox import name_of, seconds
from tracker.store import Row, Store, load


@dataclass(frozen=True, slots=True)
class Delivery:
    site: str
    webhook_id: str
    message_id: str
    delivery_id: str
    subject: str
    sequence: int
    type: str
    status: str  # waiting | sending | delivered | dead
    attempts: int
    next_ms: int  # waiting: the next try; sending: when the claim is void
    claim: str
    tried_ms: int | None
    answer: int
    why: str
    took_ms: int
    created_ms: int
    version: int

    def claimed(self, by: str, until_ms: int) -> Delivery:
        return replace(self, status="sending", claim=by, next_ms=until_ms, version=self.version + 1)

    def tried(self, outcome: Outcome, following: Next, now_ms: int) -> Delivery:
        return replace(
            self, status=following.status, attempts=self.attempts + 1, next_ms=following.next_ms, claim="", tried_ms=now_ms,
            answer=outcome.answer, why=outcome.why, took_ms=outcome.took_ms, version=self.version + 1,
        )  # fmt: skip

    def given_back(self, now_ms: int) -> Delivery:
        """Claimed, and not sent."""
        return replace(self, status="waiting", next_ms=now_ms, claim="", version=self.version + 1)

    def again(self, now_ms: int) -> Delivery:
        """By hand: as if it had never been tried, with the same message id and the same bytes."""
        return replace(self, status="waiting", attempts=0, next_ms=now_ms, claim="", version=self.version + 1)

    def row(self) -> Row:
        times = {"next_at": seconds(self.next_ms), "created_at": seconds(self.created_ms)}
        tried = None if self.tried_ms is None else seconds(self.tried_ms)
        return {name: getattr(self, name) for name in PLAIN} | times | {"tried_at": tried}


PLAIN = (
    "site", "webhook_id", "message_id", "delivery_id", "subject", "sequence", "type", "status", "attempts", "claim", "answer", "why", "took_ms",
    "version",
)  # fmt: skip
TIMES = ("next_ms", "tried_ms", "created_ms")


def delivery_id(webhook_id: str, message_id: str) -> str:
    return "dl_" + name_of([webhook_id, message_id])


def new(message: Row, webhook_id: str, now_ms: int) -> Delivery:
    return Delivery(
        message["site"], webhook_id, message["message_id"], delivery_id(webhook_id, message["message_id"]), message["subject"], message["sequence"],
        message["type"], "waiting", 0, now_ms, "", None, 0, "", 0, now_ms, 1,
    )  # fmt: skip


def delivery(row: Row) -> Delivery:
    return Delivery(**{name: row[name] for name in (*PLAIN, *TIMES)})


def save(store: Store, found: Iterable[Delivery]) -> None:
    store.insert("deliveries", b"\n".join(msgspec.json.encode(each.row()) for each in found))


def asked(store: Store, name: str, **parameters: Any) -> list[Delivery]:
    return [delivery(row) for row in store.rows(load("profiles.webhooks", name), **parameters)]


def again(store: Store, of: Sequence[Delivery]) -> list[Delivery]:
    """The same ones as they are stored now."""
    if not of:
        return []
    wanted = {each.delivery_id for each in of}
    found = asked(
        store, "deliveries_again", sites=sorted({each.site for each in of}), webhooks=sorted({each.webhook_id for each in of}),
        subjects=sorted({each.subject for each in of}), messages=sorted({each.message_id for each in of}),
    )  # fmt: skip
    return [each for each in found if each.delivery_id in wanted]


def bodies(store: Store, of: Sequence[Delivery]) -> dict[tuple[str, str], bytes]:
    """(site, message id) -> the bytes to send; without those whose person was erased meanwhile."""
    if not of:
        return {}
    rows = store.rows(
        load("profiles.webhooks", "bodies"), sites=sorted({each.site for each in of}), subjects=sorted({each.subject for each in of}),
        messages=sorted({each.message_id for each in of}),
    )  # fmt: skip
    return {(row["site"], row["message_id"]): row["body"].encode() for row in rows}
