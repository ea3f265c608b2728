"""A site with a receiver, and a deliverer that is moved by hand, on a clock that is moved too."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import pytest

from profiles.webhooks import deliveries, keeping
from profiles.webhooks.deliverer import Deliverer
from profiles.webhooks.deliveries import Delivery
from profiles.webhooks.keeping import Webhook
from profiles.webhooks.sending import Sender
from tests.profiles.webhooks.receiver import Receiver
from tests.sessionizer.world import MovingClock
from tracker.clock import iso
from tracker.outbox import Message, message_id, put
from tracker.sites import Site
from tracker.store import Store


@dataclass
class Post:
    """What a site sends, and where. A deliverer works for all sites: what other tests left is taken away."""

    store: Store
    site: Site
    receiver: Receiver
    clock: MovingClock = field(default_factory=MovingClock)
    try_s: float = 30.0  # for one on a busy machine; who is silent on purpose is waited for less

    def __post_init__(self) -> None:
        for table in ("messages", "webhooks", "deliveries"):
            self.store.command(f"TRUNCATE TABLE {table}")
        self.deliverer = self.another()

    def another(self, **more: Any) -> Deliverer:
        """A deliverer as a new process has it."""
        sender = partial(Sender, local=True, try_s=self.try_s)
        return Deliverer(self.store, lambda: {self.site.name: self.site}, self.clock, sender, chance=random.Random(1), **more)

    def webhook(self, path: str = "/", *types: str) -> Webhook:
        made = keeping.new(self.site.name, self.receiver.url(path), types, "", self.clock.at_ms)
        keeping.save(self.store, made)
        return self.now(made)

    def now(self, webhook: Webhook) -> Webhook:
        found = keeping.one(self.store, self.site.name, webhook.webhook_id)
        assert found is not None
        return found

    def say(
        self, subject: str = "session:1", sequence: int = 1, kind: str = "session.closed", target: str = "", **people: tuple[str, ...]
    ) -> Message:
        """Puts a message into the outbox."""
        payload = msgspec.json.encode({"type": kind, "timestamp": iso(self.clock.at_ms), "data": {"n": sequence, "word": "Käse"}})
        name = message_id(self.site.name, subject, sequence, kind)
        everybody = {"visitor_ids": (), "customer_ids": ()} | people
        message = Message(self.site.name, name, kind, subject, sequence, self.clock.at_ms, payload, target, **everybody)
        put(self.store, [message], self.clock.at_ms)
        return message

    def go(self, deliverer: Deliverer | None = None, rounds: int = 100) -> None:
        """Until nothing is due any more and nothing under way, at this moment of the clock."""
        asyncio.run(play(deliverer or self.deliverer, rounds))

    def deliveries(self, webhook: Webhook) -> list[Delivery]:
        """The oldest first."""
        found = deliveries.asked(
            self.store, "page", site=self.site.name, webhook_id=webhook.webhook_id, status="", cursor_ms=10**13, cursor_id="", limit=1000
        )
        return sorted(found, key=lambda each: (each.subject, each.sequence))

    def delivery(self, webhook: Webhook) -> Delivery:
        (found,) = self.deliveries(webhook)
        return found


async def play(deliverer: Deliverer, rounds: int) -> None:
    sender, tasks, wake = deliverer.make_sender(), set[asyncio.Task[None]](), asyncio.Event()
    try:
        for _ in range(rounds):
            before = len(deliverer.flying)
            moved = await deliverer.round(sender, tasks, wake) == 0.0
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not moved and not deliverer.landed and before == 0:
                return
    finally:
        for task in tasks:
            task.cancel()
        await sender.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def post(store: Store, site: Site, receiver: Receiver) -> Post:
    return Post(store, site, receiver)
