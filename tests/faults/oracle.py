"""The conservation oracle (docs/guarantees.md, "How it is shown"): what was acknowledged is stored, nothing else is, and nothing twice.

in   the address of a door, a site key; faults go on meanwhile
out  batches by what their senders heard (acknowledged, refused, nothing), and a verdict on what is stored
A sender that hears nothing sends the same batch again, as the tag does. So an event may lie in `events` once for each time it was sent,
and it is for the profiles to count it once; but the spool and the writer must never double one sending.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

import httpx

from tests.faults.stored import Stored
from tests.product import until

Fate = Literal["acknowledged", "refused", "unknown"]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
ANSWER_S = 30.0  # a door answers within milliseconds; on a busy machine the disk alone may take seconds
PAUSE_S = 0.05  # before a batch is sent again; the tag waits longer


def letters(text: str) -> str:
    """A hash without digits: nothing that could be taken for a card or a telephone and be scrubbed."""
    return hashlib.sha256(text.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))


def payload(event_id: str) -> dict[str, Any]:
    """What is told of an event follows from its id alone, so that what is stored can be compared without having kept it."""
    told = letters(event_id)
    kinds: list[dict[str, Any]] = [
        {"type": "page_view", "url": f"https://shop.example/{told[:20]}", "title": told},
        {"type": "custom", "name": told[:30], "props": {"text": told}},
        {"type": "product_view", "items": [{"id": told[:12], "name": told[12:40]}]},
    ]
    return kinds[int(event_id.rsplit("-", 1)[1]) % len(kinds)]


def fingerprint(row: dict[str, Any]) -> str:
    """The same of a payload as told and of a row as stored."""
    props, items = row.get("props", {}), row.get("items", [])
    props = json.loads(props) if isinstance(props, str) else props
    items = json.loads(items) if isinstance(items, str) else items
    wares = [(item["id"], item["name"]) for item in items]
    return repr((row["type"], row.get("url", ""), row.get("title", ""), row.get("name", ""), sorted(props.items()), wares))


@dataclass
class Batch:
    """One visitor and what it does. `sent` counts how often, and is told as the batch's `v`, so that the rows of each sending can be told apart."""

    visitor: str
    ids: list[str]
    sent: int = 0
    fate: Fate = "unknown"

    def body(self, site_key: str) -> bytes:
        now_ms = time.time_ns() // 1_000_000
        events = [{"id": event_id, "at": now_ms, **payload(event_id)} for event_id in self.ids]
        return json.dumps({"v": self.sent, "site": site_key, "visitor": self.visitor, "sent_at": now_ms, "events": events}).encode()


@dataclass
class Oracle:
    """Senders, as a context: they start with it; when it is left, what was not answered is sent until it is."""

    address: Callable[[], str]
    site_key: str
    senders: int = 4
    events_per_batch: int = 12
    batches_per_s: float = 60.0
    give_up_s: float = 60.0  # without an answer; 0 = the first failure stays unanswered
    batches: list[Batch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Oracle:
        self._stop.clear()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(self.senders)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send_all(self) -> None:
        with httpx.Client(headers={"User-Agent": FIREFOX, "Origin": "https://shop.example"}, timeout=ANSWER_S, trust_env=False) as client:
            while not self._stop.wait(self.senders / self.batches_per_s):
                self.deliver(self.claim(), client)

    def claim(self) -> Batch:
        with self._lock:
            batch = Batch(f"visitor-{len(self.batches)}", [f"o-{next(self._numbers)}" for _ in range(self.events_per_batch)])
            self.batches.append(batch)
        return batch

    def deliver(self, batch: Batch, client: httpx.Client) -> None:
        """Again and again until there is an answer, whatever it says."""
        give_up = time.monotonic() + self.give_up_s
        while batch.sent == 0 or time.monotonic() < give_up:
            batch.sent += 1
            try:
                answer = client.post(f"{self.address()}/v1/events", content=batch.body(self.site_key), headers={"Content-Type": "text/plain"})
            except httpx.HTTPError:
                time.sleep(PAUSE_S)
                continue
            whole = answer.status_code == 202 and answer.json() == {"accepted": len(batch.ids), "refused": []}
            batch.fate = "acknowledged" if whole else "refused"
            return

    def of(self, *fates: Fate) -> set[str]:
        return {event_id for batch in list(self.batches) if batch.fate in fates for event_id in batch.ids}

    @property
    def acknowledged(self) -> int:
        return sum(len(batch.ids) for batch in list(self.batches) if batch.fate == "acknowledged")

    def more_acknowledged(self, events: int, timeout_s: float = 60) -> None:
        """Returns when so many more events have been acknowledged, that is: when the door has worked for so long."""
        wanted = self.acknowledged + events
        until(lambda: self.acknowledged >= wanted, timeout_s, f"{events} more acknowledged events")

    def tally(self) -> str:
        by_fate = Counter(batch.fate for batch in self.batches for _ in batch.ids)
        again = sum(len(batch.ids) for batch in self.batches if batch.sent > 1)
        return f"{by_fate['acknowledged']} acknowledged, {by_fate['refused']} refused, {by_fate['unknown']} unanswered, {again} sent more than once"

    def verdict(self, found: Stored) -> None:
        """Acknowledged ⊆ stored ∪ dead letters ⊆ issued; content as told; each sending at most once, and in the ledger as what it became."""
        stored, dead = Counter(row["event_id"] for row in found.events), Counter(json.loads(letter["line"])["event_id"] for letter in found.dead)
        self.judge_ids(set(stored), set(dead))
        assert [row["event_id"] for row in found.events if fingerprint(row) != fingerprint(payload(row["event_id"]))] == [], "another content"
        often = {event_id: batch.sent for batch in self.batches for event_id in batch.ids}
        doubled = [(row["event_id"], row["sending"], row["copies"], often[row["event_id"]]) for row in found.events if row["copies"] != 1]
        assert doubled == [], "one sending is stored more than once"
        assert [event_id for event_id, rows in (stored + dead).items() if rows > often[event_id]] == [], "stored more often than sent"
        told = Counter(found.ledger)
        assert told["received"] == told["accepted"] + told["refused"] + told["dropped"], told
        assert told["accepted"] == told["stored"] + told["dead"], told
        assert (told["stored"], told["dead"]) == (len(found.events), len(found.dead))

    def judge_ids(self, stored: set[str], dead: set[str]) -> None:
        acknowledged, issued = self.of("acknowledged"), self.of("acknowledged", "refused", "unknown")
        assert acknowledged, "nothing was acknowledged: the test has shown nothing"
        assert sorted(acknowledged - stored - dead)[:10] == [], "acknowledged and lost"
        assert sorted((stored | dead) - issued)[:10] == [], "nobody ever sent these"
