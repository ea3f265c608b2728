"""Many readers of one stream, one look at the database: what was told last is kept within bounds, whoever is behind reads for himself.

in   a way to read a page after a position; readers, each with a position
out  for each reader everything after its position, in order
A reader has no queue, only a position: one that is slow costs a page of memory, and what changed twice meanwhile is told once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from anyio import CapacityLimiter, to_thread

from tracker.errors import StoreDown, StoreRefused
from tracker.failures import FAILURES

log = logging.getLogger(__name__)

LOOK_S = 0.5  # from one look to the next
PACE_S = 0.1  # while there is more than a page: a rebuild is told at this pace, and leaves the database to others
AGAIN_S = 2.0  # where the database did not answer
EACH_S = 0.05  # times the streams that are read: of a hundred sites each is looked at every five seconds
KEPT_BYTES = 4 * 1024 * 1024
READERS_MAX = 200


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in the order of a stream; without kind and id, the moment before everything of that millisecond."""

    at_ms: int
    kind: str = ""
    id: str = ""

    def __str__(self) -> str:
        return f"{self.at_ms}-{self.kind}-{self.id}" if self.kind else str(self.at_ms)


@dataclass(frozen=True, slots=True)
class Told:
    position: Position
    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """All there is to tell after `after`, up to `until`; `full` = there may be more at once."""

    after: Position
    until: Position
    told: Sequence[Told]
    full: bool

    @property
    def size(self) -> int:
        return sum(len(each.data) for each in self.told)

    def since(self, position: Position) -> Page:
        return Page(position, self.until, [each for each in self.told if each.position > position], self.full)


Read = Callable[[Position], Page]


@dataclass
class Channel:
    """One stream: its last pages, one after the other without a gap, and whoever waits for the next."""

    read: Read
    threads: CapacityLimiter
    head: Position
    pages: deque[Page] = field(default_factory=deque)
    kept_bytes: int = 0
    readers: int = 0
    steps: int = 0  # how often the clock went back
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self) -> float:
        """Reads on from the head. Returns how long to wait before the next look."""
        page = await self.asked(self.head)
        if page is None:
            return AGAIN_S
        if page.until < self.head:  # the clock went back
            self.pages.clear()
            self.kept_bytes, self.steps = 0, self.steps + 1
        else:
            self.keep(page)
        self.head = page.until
        self.moved.set()
        self.moved = asyncio.Event()
        return PACE_S if page.full else LOOK_S

    async def behind(self, position: Position) -> Page | None:
        """For a reader who is behind what is kept."""
        page = await self.asked(position)
        await asyncio.sleep(AGAIN_S if page is None else PACE_S if page.full else 0)
        return page

    async def asked(self, position: Position) -> Page | None:
        try:
            return await to_thread.run_sync(self.read, position, limiter=self.threads)
        except (StoreDown, StoreRefused) as error:
            FAILURES.note("stream", error)
            log.warning("The stream waits: the database does not answer (%s)", error)
        except Exception as error:  # readers must not wait for a look that nobody takes any more
            FAILURES.note("stream", error)
            log.exception("The stream could not be read; it is tried again")
        return None

    async def moves(self, within_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.moved.wait()

    def keep(self, page: Page) -> None:
        if self.pages and not page.told:  # nothing new: the last page reaches further
            last = self.pages.pop()
            page = Page(last.after, page.until, last.told, page.full)
            self.kept_bytes -= page.size
        self.pages.append(page)
        self.kept_bytes += page.size
        while self.kept_bytes > KEPT_BYTES and len(self.pages) > 1:
            self.kept_bytes -= self.pages.popleft().size

    def kept(self, position: Position) -> Page | None:
        """What comes next after this position, where it is kept."""
        return next((page.since(position) for page in self.pages if page.after <= position < page.until), None)


class Channels:
    """The streams that somebody reads. Lives on one event loop."""

    def __init__(self, threads: CapacityLimiter) -> None:
        self.threads = threads
        self.channels: dict[str, Channel] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.readers = 0
        self.ended = False

    def end(self) -> None:
        """Every reader is sent away at once; they come again with their position."""
        self.ended = True
        for channel in self.channels.values():
            channel.moved.set()

    async def follow(self, name: str, position: Position, now: Position, read: Read, beat_s: float) -> AsyncGenerator[Page, None]:
        """Pages without end, from `position` on; an empty one where nothing came for `beat_s`. Returns when the process ends."""
        with self.joined(name, now, read) as channel:
            steps, loop = channel.steps, asyncio.get_running_loop()
            beat_at = loop.time() + beat_s
            while not self.ended:
                if steps != channel.steps:
                    position, steps = min(position, channel.head), channel.steps
                page = channel.kept(position)
                if page is None and position < channel.head:
                    page = await channel.behind(position)
                if page is None:
                    await channel.moves(beat_at - loop.time())
                    page = Page(position, position, (), False)
                if page.told or loop.time() >= beat_at:
                    yield page
                    beat_at = loop.time() + beat_s
                position = page.until

    @contextmanager
    def joined(self, name: str, now: Position, read: Read) -> Iterator[Channel]:
        channel = self.channels.get(name)
        if channel is None:
            channel = self.channels[name] = Channel(read, self.threads, now)
            task = asyncio.get_running_loop().create_task(self.run(name, channel))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        channel.readers += 1
        self.readers += 1
        try:
            yield channel
        finally:
            channel.readers -= 1
            self.readers -= 1

    async def run(self, name: str, channel: Channel) -> None:
        """Looks as long as anybody reads."""
        try:
            while channel.readers and not self.ended:  # noqa: ASYNC110 - it waits for the time of the next look
                await asyncio.sleep(max(await channel.look(), EACH_S * len(self.channels)))
        finally:
            del self.channels[name]
