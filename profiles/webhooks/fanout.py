"""From messages to deliveries: what is to be sent is settled, and every webhook that takes it gets its delivery.

in   `messages` as the announcers put them
out  the same with their body, then `deliveries`, then the mark that they are done: a kill in between is made good by the next round

A cart is completed here with what only profiles know: suppressed, session_ids, source. While all its visits are in quarantine it is held back,
and with it whatever else is to be told of it; it goes out if they are released within a week.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from profiles.webhooks import deliveries
from profiles.webhooks.carts_told import OF_CARTS, completed
from profiles.webhooks.keeping import Webhook
from tracker.outbox import Message, line
from tracker.sites import Site
from tracker.store import Row, Store, load

PAGE = 500
MARGIN_MS = 10_000  # a message is put a little later than the time it bears
SWEEP_MS = 60_000  # how often those held back are looked at again …
SWEEP_SHARE = 50  # … and at most this part of the time
HELD_MS = 7 * 86_400_000  # what was held back longer is no news any more
Place = tuple[int, str, str, int, str]
START: Place = (0, "", "", 0, "")


@dataclass
class FanOut:
    """For one place at a time. `settle_s` above 0: other processes do the same, and of two who settle one message at once both find, after so long,
    what was written last. So a message has one body, whoever sends it."""

    store: Store
    sites: Callable[[], Mapping[str, Site]]
    settle_s: float = 0.0
    page: int = PAGE
    place: Place = START
    swept_ms: int = 0
    looked_ms: int = 0
    cost_ms: float = 0.0  # of the pages since then
    held: set[tuple[str, str]] = field(default_factory=set)  # (site, subject)

    def step(self, webhooks: Iterable[Webhook], now_ms: int) -> int:
        """Some messages, the oldest first. Says how many are on their way now. Raises StoreDown."""
        begun = time.monotonic()
        if now_ms < self.looked_ms or now_ms - self.swept_ms >= max(SWEEP_MS, SWEEP_SHARE * self.cost_ms):  # a clock that was put back: all anew
            self.place, self.swept_ms, self.held, self.cost_ms = START, now_ms, set(), 0.0
        self.looked_ms = now_ms
        by_site: dict[str, list[Webhook]] = defaultdict(list)
        for webhook in webhooks:
            by_site[webhook.site].append(webhook)
        rows = self.pending()
        news = [row for row in rows if row["created_ms"] > now_ms - HELD_MS]
        whom = {place(row): [each for each in by_site[row["site"]] if each.takes(row["type"], row["target"])] for row in news}
        bodies = self.settled([row for row in news if whom[place(row)]], now_ms)
        ready = self.agreed([(row, bodies[place(row)]) for row in rows if place(row) in bodies and not self.waits(row, bodies[place(row)])])
        deliveries.save(self.store, [deliveries.new(row, each.webhook_id, now_ms) for row, _ in ready for each in whom[place(row)]])
        self.write([(row, "done", body) for row, body in ready] + [(row, "done", row["body"].encode()) for row in rows if not whom.get(place(row))])
        self.cost_ms += 1000 * (time.monotonic() - begun) if rows else 0.0
        return len(ready)

    def pending(self) -> list[Row]:
        after_ms, site, subject, sequence, name = self.place
        after = {"after_ms": after_ms, "after_site": site, "after_subject": subject, "after_sequence": sequence, "after_message": name}
        rows = self.store.rows(load("profiles.webhooks", "pending"), **after, limit=self.page)
        if len(rows) == self.page:
            self.place = place(rows[-1])
        elif rows:
            self.place = (max(after_ms, rows[-1]["created_ms"] - MARGIN_MS), "", "", 0, "")
        return rows

    def waits(self, row: Row, body: bytes) -> bool:
        """Held back, or behind one of the same subject that is."""
        subject = (row["site"], row["subject"])
        if not body:
            self.held.add(subject)
        return subject in self.held

    def settled(self, rows: Sequence[Row], now_ms: int) -> dict[Place, bytes]:
        """The bytes to send, b'' = to be held back; once settled they are the same for every try."""
        bodies = {place(row): (row["body"] or row["payload"]).encode() for row in rows}
        of_carts: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row["stage"] == "put" and row["type"] in OF_CARTS:
                of_carts[row["site"]].append(row)
        for name, some in of_carts.items():
            site = self.sites().get(name) or Site(name=name, site_key="")
            bodies |= {place(row): body for row, body in zip(some, completed(self.store, site, some, now_ms), strict=True)}
        return bodies

    def agreed(self, ready: Sequence[tuple[Row, bytes]]) -> list[tuple[Row, bytes]]:
        """With the bytes that are stored, which are the same for everybody; without those whose person was erased meanwhile."""
        fresh = [(row, body) for row, body in ready if row["stage"] == "put"]
        if not self.settle_s or not ready:
            self.write([(row, "ready", body) for row, body in fresh])
            return list(ready)
        known = self.stored([row for row, _ in fresh])
        self.write([(row, "ready", body) for row, body in fresh if (row["site"], row["message_id"]) not in known])
        time.sleep(self.settle_s)
        there = self.stored([row for row, _ in ready])
        return [(row, there[row["site"], row["message_id"]]) for row, _ in ready if (row["site"], row["message_id"]) in there]

    def stored(self, rows: Sequence[Row]) -> dict[tuple[str, str], bytes]:
        return deliveries.bodies(self.store, [deliveries.new(row, "", 0) for row in rows])

    def write(self, rows: Sequence[tuple[Row, str, bytes]]) -> None:
        self.store.insert("messages", b"\n".join(line(message(row), row["created_ms"], stage, body.decode()) for row, stage, body in rows))


def place(row: Row) -> Place:
    return row["created_ms"], row["site"], row["subject"], row["sequence"], row["message_id"]


def message(row: Row) -> Message:
    return Message(
        row["site"], row["message_id"], row["type"], row["subject"], row["sequence"], row["at_ms"], row["payload"].encode(), row["target"],
        visitor_ids=tuple(row["visitor_ids"]), customer_ids=tuple(row["customer_ids"]),
    )  # fmt: skip
