"""Sends what is due: claims it, posts it, notes what came of it. One thread with an event loop of its own, in the process that adds up.

in   `messages`, `webhooks`, `deliveries`
out  posts; deliveries one version up; a webhook that answered 410 disabled

At least once, always under the same id: a kill between a post and its note sends it again. Of each webhook and subject only the first that is not
through is sent. Many are claimed at once, as rows are cheap in numbers, and few posted at once; each webhook has its own places, so a slow one delays
nobody else. `lock` is held while rows are read and written, never while something is sent: an erasure that holds it meets no row half way.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from profiles.webhooks import deliveries, keeping, standing
from profiles.webhooks.deliveries import Delivery
from profiles.webhooks.fanout import FanOut
from profiles.webhooks.keeping import Webhook
from profiles.webhooks.ladder import BUSY, GONE, Outcome, after
from profiles.webhooks.sending import Sender
from profiles.webhooks.signing import headers
from profiles.webhooks.standing import Standing
from tracker.clock import Clock
from tracker.errors import StoreDown
from tracker.failures import FAILURES
from tracker.sites import Site
from tracker.store import Store

AT_ONCE = 4  # posts to one webhook
CLAIMED = 60  # of one webhook; due.sql gives no more
CLAIM_MS = 300_000  # longer than that many can take, each with its whole time
POLL_S = 0.5
GATHER_S = 0.05  # what comes back together is noted together
IDLE_S = 3.0  # where no site has a webhook
SHARE = 10  # looking takes at most one part in so many of the time
STANDING_S = 30.0  # how often it is asked how it stands with each webhook …
STANDING_SHARE = 100  # … and at most this part of the time
DOWN_S = 2.0
END_S = 3.0
PAUSE_MAX_S = 600

log = logging.getLogger("tracker.webhooks")


@dataclass
class Deliverer:
    """`alone`: nobody else can send from this database, so claims of others are those of the dead. Otherwise `settle_s` passes between a claim and
    reading it back, and between the body of a message and reading that back: of two who wrote at once both find the one that wrote last."""

    store: Store
    sites: Callable[[], Mapping[str, Site]]
    clock: Clock
    make_sender: Callable[[], Sender]
    alone: bool = True
    settle_s: float = 1.5
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    lock: threading.Lock = field(default_factory=threading.Lock)
    chance: random.Random = field(default_factory=random.Random)
    webhooks: dict[tuple[str, str], Webhook] = field(default_factory=dict)
    flying: dict[str, Delivery] = field(default_factory=dict)  # by delivery id: claimed, and not noted yet
    landed: dict[str, tuple[Delivery, Outcome | None]] = field(default_factory=dict)  # tried, or given back (None), and not noted yet
    paused_ms: dict[str, int] = field(default_factory=dict)  # webhook -> nothing new before
    gates: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)  # of tries since this process began
    fan_out: FanOut = field(init=False)
    standing: dict[str, Standing] = field(default_factory=dict)
    stood_s: float = -math.inf  # when that was asked, by the monotonic clock …
    asking_s: float = 0.0  # … and how long it took

    def __post_init__(self) -> None:
        self.fan_out = FanOut(self.store, self.sites, 0.0 if self.alone else self.settle_s)

    def run(self, stop: threading.Event) -> float:
        """Until stopped; what is under way then has a moment to come back. To be run again at once where it was not stopped."""
        asyncio.run(self.rounds(stop))
        return 0.0

    async def rounds(self, stop: threading.Event) -> None:
        sender, tasks, wake = self.make_sender(), set[asyncio.Task[None]](), asyncio.Event()
        self.gates = {}
        try:
            while not stop.is_set():
                wake.clear()
                pause_s = await self.round(sender, tasks, wake)
                await waited(wake, stop, pause_s)
                await asyncio.sleep(GATHER_S if wake.is_set() else 0)
            if tasks:
                await asyncio.wait(tasks, timeout=END_S)
            self.landed = {name: (delivery, None) for name, delivery in self.flying.items()} | self.landed
            await asyncio.to_thread(self.note_landed)
        finally:
            for task in tasks:
                task.cancel()
            await sender.close()

    async def round(self, sender: Sender, tasks: set[asyncio.Task[None]], wake: asyncio.Event) -> float:
        """Says how long nothing needs to be done: a look that takes long, as where a great many wait, is taken less often."""
        begun = time.monotonic()
        try:
            moved = await asyncio.to_thread(self.look)
            for delivery, body in await self.claim():
                task = asyncio.create_task(self.post(sender, delivery, body, wake))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except StoreDown as down:
            FAILURES.note("webhooks", down)
            log.warning("Webhooks wait: %s", down)
            return DOWN_S
        rest_s = max(POLL_S if self.webhooks else IDLE_S, SHARE * (time.monotonic() - begun))
        return 0.0 if moved else rest_s

    def look(self) -> bool:
        """Notes what came back and hands out what is new."""
        self.note_landed()
        with self.lock:
            found = keeping.of_site(self.store, "")
            self.webhooks = {(each.site, each.webhook_id): each for each in found}
            self.ask_how_it_stands()
            return self.fan_out.step(found, self.clock.now_ms()) > 0

    def ask_how_it_stands(self) -> None:
        """For /metrics, now and then: it reads all deliveries."""
        begun = time.monotonic()
        if begun - self.stood_s >= max(STANDING_S, STANDING_SHARE * self.asking_s):
            self.standing = standing.of_site(self.store, "") if self.webhooks else {}
            self.stood_s, self.asking_s = begun, time.monotonic() - begun

    # Claiming

    async def claim(self) -> list[tuple[Delivery, bytes]]:
        wanted = await asyncio.to_thread(self.claim_due)
        if not wanted:
            return []
        if not self.alone:
            await asyncio.sleep(self.settle_s)
        return await asyncio.to_thread(self.claimed, wanted)

    def claim_due(self) -> list[Delivery]:
        now_ms = self.clock.now_ms()
        enabled = [each.webhook_id for each in self.webhooks.values() if each.enabled and self.paused_ms.get(each.webhook_id, 0) <= now_ms]
        if not enabled:
            return []
        with self.lock:
            due = deliveries.asked(self.store, "due", webhooks=enabled, now_ms=now_ms, mine=self.name, alone=self.alone)
            places = Counter(each.webhook_id for each in self.flying.values())
            wanted = []
            for delivery in due:
                if delivery.delivery_id not in self.flying and places[delivery.webhook_id] < CLAIMED:
                    places[delivery.webhook_id] += 1
                    wanted.append(delivery.claimed(self.name, now_ms + CLAIM_MS))
            deliveries.save(self.store, wanted)
        return wanted

    def claimed(self, wanted: list[Delivery]) -> list[tuple[Delivery, bytes]]:
        with self.lock:
            mine = [each for each in deliveries.again(self.store, wanted) if each.claim == self.name and each.status == "sending"]
            bodies = deliveries.bodies(self.store, mine)
        found = [(each, bodies[each.site, each.message_id]) for each in mine if (each.site, each.message_id) in bodies]
        self.flying |= {each.delivery_id: each for each, _ in found}
        return found

    # Sending

    async def post(self, sender: Sender, delivery: Delivery, body: bytes, wake: asyncio.Event) -> None:
        async with self.gates.setdefault(delivery.webhook_id, asyncio.Semaphore(AT_ONCE)):
            webhook, now_ms = self.webhooks.get((delivery.site, delivery.webhook_id)), self.clock.now_ms()
            outcome: Outcome | None = None
            if webhook and webhook.enabled and self.paused_ms.get(webhook.webhook_id, 0) <= now_ms:
                signed = headers(delivery.message_id, body, webhook.valid_secrets(now_ms), now_ms)
                outcome = await sender.send(webhook.url, signed, body, now_ms)
                self.heed(webhook, outcome, now_ms)
        self.landed[delivery.delivery_id] = (delivery, outcome)
        wake.set()

    def heed(self, webhook: Webhook, outcome: Outcome, now_ms: int) -> None:
        """What an answer means for the messages behind it."""
        if outcome.answer == GONE:
            self.webhooks[webhook.site, webhook.webhook_id] = replace(webhook, enabled=False)
        elif outcome.answer in BUSY and outcome.retry_after_s:
            self.paused_ms[webhook.webhook_id] = now_ms + min(outcome.retry_after_s, PAUSE_MAX_S) * 1000

    # Noting

    def note_landed(self) -> None:
        """Nothing of a person who was erased meanwhile: their messages are gone."""
        landed, now_ms = list(self.landed.values()), self.clock.now_ms()
        if not landed:
            return
        with self.lock:
            there = deliveries.bodies(self.store, [delivery for delivery, _ in landed])
            known = [(delivery, outcome) for delivery, outcome in landed if (delivery.site, delivery.message_id) in there]
            deliveries.save(self.store, [self.noted(delivery, outcome, now_ms) for delivery, outcome in known])
        for delivery, _ in landed:
            self.flying.pop(delivery.delivery_id, None)
            self.landed.pop(delivery.delivery_id, None)

    def noted(self, delivery: Delivery, outcome: Outcome | None, now_ms: int) -> Delivery:
        if outcome is None:
            return delivery.given_back(now_ms)
        if outcome.answer == GONE:
            self.disable(delivery, outcome)
        following = after(outcome, delivery.attempts + 1, now_ms, self.chance)
        self.counts[{"delivered": "delivered", "waiting": "failed", "dead": "given_up"}[following.status]] += 1
        return delivery.tried(outcome, following, now_ms)

    def figures(self) -> dict[str, int]:
        """For /metrics."""
        tries = {name: self.counts[name] for name in ("delivered", "failed", "given_up")} | {"under_way": len(self.flying)}
        return tries | standing.figures(list(self.webhooks.values()), self.standing, self.clock.now_ms())

    def disable(self, delivery: Delivery, outcome: Outcome) -> None:
        """What waits for it is kept, and goes out if it is enabled again."""
        webhook = keeping.one(self.store, delivery.site, delivery.webhook_id)
        if webhook is not None and webhook.enabled:
            keeping.save(self.store, replace(webhook, enabled=False, why=outcome.why))
            log.warning("Webhook %s of %s is disabled: it %s", webhook.webhook_id, webhook.site, outcome.why)


async def waited(wake: asyncio.Event, stop: threading.Event, pause_s: float) -> None:
    """Until something came back, the time is over, or all is to end."""
    loop = asyncio.get_running_loop()
    until = loop.time() + pause_s
    while not stop.is_set() and not wake.is_set() and (left_s := until - loop.time()) > 0:
        try:
            await asyncio.wait_for(wake.wait(), min(left_s, POLL_S))
        except TimeoutError:
            continue
