"""Many readers, one look: what a slow reader costs, and what happens where the database or the clock fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from anyio import CapacityLimiter

from profiles import channels
from profiles.channels import Channels, Page, Position, Told
from tracker.errors import StoreDown

START = Position(0)


@dataclass
class Source:
    """A document a millisecond, ten to a page."""

    until_ms: int
    bytes_each: int = 10
    fails: int = 0
    asked: list[Position] = field(default_factory=list)

    def read(self, after: Position) -> Page:
        self.asked.append(after)
        if self.fails:
            self.fails -= 1
            raise StoreDown("it is away")
        found = [self.told(at_ms) for at_ms in range(after.at_ms + bool(after.kind), min(after.at_ms + 11, self.until_ms))][:10]
        full = len(found) == 10
        return Page(after, found[-1].position if full else Position(self.until_ms), found, full)

    def told(self, at_ms: int) -> Told:
        return Told(Position(at_ms, "cart", "k"), "cart", bytes(self.bytes_each))


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "LOOK_S", 0.01)
    monkeypatch.setattr(channels, "PACE_S", 0.001)
    monkeypatch.setattr(channels, "AGAIN_S", 0.01)
    monkeypatch.setattr(channels, "EACH_S", 0.001)


def run(work: Callable[[Channels], Coroutine[Any, Any, None]]) -> None:
    async def within() -> None:
        hub = Channels(CapacityLimiter(4))
        async with asyncio.timeout(60):
            await work(hub)

    asyncio.run(within())


async def take(pages: AsyncIterator[Page], until_ms: int) -> list[int]:
    """The times of what is told, until that one came."""
    heard: list[int] = []
    async for page in pages:
        heard += [each.position.at_ms for each in page.told]
        if heard and heard[-1] >= until_ms:
            return heard
    return heard


def test_a_reader_that_does_not_take_anything_costs_nothing_and_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "KEPT_BYTES", 10_000)
    source = Source(2_000, bytes_each=100)

    async def work(hub: Channels) -> None:
        slow, quick = (hub.follow("shop", START, START, source.read, 60) for _ in range(2))
        first = [each.position.at_ms for each in (await anext(slow)).told]
        assert await take(quick, 1_999) == list(range(2_000))
        channel = hub.channels["shop"]
        assert 0 < channel.kept_bytes <= 10_000
        assert channel.kept_bytes == sum(page.size for page in channel.pages)
        assert first + await take(slow, 1_999) == list(range(2_000))

    run(work)


def test_readers_at_the_head_share_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(5)

    async def work(hub: Channels) -> None:
        readers = [hub.follow("shop", START, START, source.read, 60) for _ in range(50)]
        begun = [asyncio.create_task(take(reader, 999)) for reader in readers]
        while hub.readers < 50:
            await asyncio.sleep(0)
        source.until_ms, before = 1_000, len(source.asked)
        heard = await asyncio.gather(*begun)
        assert heard == [list(range(1_000))] * 50
        assert len(source.asked) - before < 200  # a hundred pages, and a few looks more; each for himself it would be five thousand

    run(work)


def test_a_database_that_is_away_makes_readers_wait_and_nothing_else() -> None:
    source = Source(50, fails=5)

    async def work(hub: Channels) -> None:
        assert await take(hub.follow("shop", START, START, source.read, 60), 49) == list(range(50))
        assert source.fails == 0

    run(work)


def test_a_clock_that_goes_back_takes_its_readers_along() -> None:
    source = Source(50)

    async def work(hub: Channels) -> None:
        reader = hub.follow("shop", START, START, source.read, 60)
        assert await take(reader, 49) == list(range(50))
        source.until_ms = 20
        while hub.channels["shop"].head > Position(20):
            await asyncio.sleep(0.01)
        source.until_ms = 30
        assert await take(reader, 29) == list(range(20, 30))

    run(work)


def test_the_end_of_the_process_sends_every_reader_away_at_once_and_nobody_looks_any_more() -> None:
    source = Source(50)

    async def work(hub: Channels) -> None:
        readers = [asyncio.create_task(take(hub.follow("shop", START, START, source.read, 60), 10**9)) for _ in range(5)]
        while hub.readers < 5:
            await asyncio.sleep(0.01)
        hub.end()
        assert all(len(heard) <= 50 for heard in await asyncio.gather(*readers))
        await asyncio.gather(*hub.tasks)
        assert (hub.readers, hub.channels) == (0, {})

    run(work)


def test_nobody_looks_where_nobody_reads() -> None:
    source = Source(50)

    async def work(hub: Channels) -> None:
        reader = hub.follow("shop", START, START, source.read, 60)
        await take(reader, 49)
        await reader.aclose()
        await asyncio.gather(*hub.tasks)
        assert hub.channels == {}

    run(work)
