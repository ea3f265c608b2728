"""Crowds at the door: thousands who say nothing, dawdlers, and people who only want to send (docs/guarantees.md, no. 39 and 40)."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.faults.door import Door, Line, batch, dialled, door, event, head, post
from tests.faults.sizes import size

HOMES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
REQUEST_S = 10.0  # promised in docs/operations.md
YOUNG_S = 8.0  # so long at least a connection that says nothing is left alone (tracker/guard.py)
DIAL_S = 3.0  # of these, for dialling: what is left is for asking
SPARE_S = 20.0  # a machine that is busy with other tests


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Door]:
    with door(tmp_path, address_connections=20_000, connections_max=0, address_requests_per_s=0) as standing:
        yield standing


def one(name: str) -> bytes:
    return post(batch(event(name)))


@contextlib.asynccontextmanager
async def politely(port: int, answers: list[int], waits_ms: list[float]) -> AsyncIterator[None]:
    """Two good clients that send one event after the other, all the while."""
    done = asyncio.Event()

    async def send(name: str) -> None:
        async with dialled(port, 1) as (line,):
            while not done.is_set():
                began = time.perf_counter()
                answers.append(await line.ask(one(f"{name}-{len(answers)}")))
                waits_ms.append(1000 * (time.perf_counter() - began))
                await asyncio.sleep(0.005)  # a client, not a flood

    clients = [asyncio.create_task(send(name)) for name in ("ann", "bob")]
    try:
        yield
    finally:
        done.set()
        await asyncio.gather(*clients)


def p99(waits_ms: list[float]) -> float:
    return statistics.quantiles(waits_ms, n=100)[98] if len(waits_ms) > 1 else max(waits_ms, default=0.0)


async def test_thousands_who_are_silent_and_a_few_who_send_are_all_served(standing: Door) -> None:
    """As many as this machine dials in time; each is served that asks while it may."""
    before = standing.rss_mb
    answers: list[int] = []
    waits_ms: list[float] = []
    async with dialled(standing.port, size(4000, 9000), HOMES, within_s=DIAL_S) as lines:  # the files of this process are the limit
        many = len(lines)
        grown_kib = 1024 * (standing.rss_mb - before)
        async with politely(standing.port, answers, waits_ms):
            answers += [status for status in await asyncio.gather(*(in_time(line) for line in lines[::100])) if status is not None]
        rest = [line for number, line in enumerate(lines) if number % 100]
        for start in range(0, len(rest), 500):
            told = await asyncio.gather(*(in_time(line) for line in rest[start : start + 500]))
            answers += [status for status in told if status is not None]
    print(f"{many} connections: {grown_kib / many:.1f} KiB each; p99 of the active {p99(waits_ms):.1f} ms")  # noqa: T201 - a figure of the report
    assert set(answers) == {202}
    assert len(answers) >= 100
    assert grown_kib <= 8 * max(many, 1000)  # 8 KiB each; of a few, what the first ones cost once


async def in_time(line: Line) -> int | None:
    """The answer; None where the time of a silent connection was over before it came."""
    status = await line.ask(one(f"crowd-{id(line)}"))
    return status if line.age_s < YOUNG_S else None


DAWDLERS = {
    "says nothing": b"",
    "is done": one("done"),
    "stops in the head": head()[:-3],
    "stops in the body": head(b"Content-Length: 100") + b"{",
    "stops between chunks": head(b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n",
}
DRIPPING = (2, 3)  # these go on with a byte a second


async def test_dawdlers_are_ended_in_time_and_good_clients_do_not_notice(standing: Door) -> None:
    """In the head and in the body, at once or drop by drop; and after an answer."""
    many = size(800, 5000)
    calm: list[float] = []
    waits_ms: list[float] = []
    answers: list[int] = []
    async with politely(standing.port, answers, calm):
        await asyncio.sleep(1)  # what is ordinary here
    async with dialled(standing.port, many, HOMES) as lines, politely(standing.port, answers, waits_ms):
        began = time.monotonic()
        for number, line in enumerate(lines):
            line.writer.write(list(DAWDLERS.values())[number % len(DAWDLERS)])
        dripping = asyncio.create_task(drip([line for number, line in enumerate(lines) if number % len(DAWDLERS) in DRIPPING]))
        ended = await asyncio.gather(*(line.ended(REQUEST_S + SPARE_S) for line in lines))
        took_s = time.monotonic() - began
        dripping.cancel()
    told = f"{many} dawdlers gone after {took_s:.1f} s; p99 of good clients {p99(calm):.1f} -> {p99(waits_ms):.1f} ms"
    print(told)  # noqa: T201 - a figure of the report
    assert all(ended)
    assert set(answers) == {202}


async def drip(lines: list[Line]) -> None:
    while True:
        await asyncio.sleep(1)
        for line in lines:
            if not line.writer.is_closing():
                with contextlib.suppress(ConnectionError):
                    line.writer.write(b"x")


async def ended(lines: list[Line], at_least: int) -> int:
    """How many the other side has closed, once it is that many, or while they are too young to be closed for their silence."""
    ending = [asyncio.create_task(line.ended(2 * YOUNG_S)) for line in lines]
    try:
        return await so_many(ending, at_least, YOUNG_S - lines[0].age_s)
    finally:
        for task in ending:
            task.cancel()


async def so_many(tasks: Sequence[asyncio.Task[Any]], at_least: int, within_s: float) -> int:
    """How many are done, when they are that many and for half a second no more."""
    deadline = time.monotonic() + within_s
    before, done = -1, 0
    while time.monotonic() < deadline and (done < at_least or done != before):
        before = done
        await asyncio.sleep(0.5)
        done = sum(task.done() for task in tasks)
    return done


# --- caps --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", ["", "stops in the head", "stops in the body"])
async def test_one_address_may_hold_only_so_many_connections_and_others_their_own(tmp_path: Path, says: str) -> None:
    """Its own oldest idle ones make room, so that who shares the address with dawdlers is served too."""
    with door(tmp_path, address_connections=50) as standing:
        async with dialled(standing.port, 1, ("127.0.0.3",)) as (other,), dialled(standing.port, 1, ("127.0.0.2",)) as (neighbour,):
            assert await neighbour.ask(one("before")) == 202
            async with dialled(standing.port, 200, ("127.0.0.2",)) as crowd:
                for line in crowd:
                    line.writer.write(DAWDLERS.get(says, b""))
                async with dialled(standing.port, 1, ("127.0.0.2",)) as (late,):
                    assert [await line.ask(one("during")) for line in (neighbour, late, other)] == [202] * 3
                gone = await ended(crowd, at_least=150)
                assert 150 <= gone <= 160


async def test_a_trusted_proxy_may_hold_any_number_of_connections(tmp_path: Path) -> None:
    with door(tmp_path, address_connections=5, trusted_proxies="127.0.0.9") as standing:
        async with dialled(standing.port, 30, ("127.0.0.9",)) as lines:
            assert await asyncio.gather(*(line.ask(one(str(number))) for number, line in enumerate(lines))) == [202] * 30


async def test_where_all_places_are_taken_the_oldest_idle_one_makes_room(tmp_path: Path) -> None:
    with door(tmp_path, connections_max=100) as standing:
        async with dialled(standing.port, 300, HOMES) as lines, dialled(standing.port, 1) as (good,):
            assert await good.ask(one("good")) == 202
            assert await lines[-1].ask(one("last")) == 202
            assert await ended(lines[:200], at_least=195) >= 195


async def test_many_half_sent_bodies_hold_bounded_memory(tmp_path: Path) -> None:
    """Four megabytes may wait in all: forty bodies of 200 KB do not, and a whole small one is taken all the while."""
    half = head(b"Content-Length: 200001") + b" " * 200_000
    with door(tmp_path, held_max_bytes=4_000_000) as standing:
        before = standing.rss_mb
        async with dialled(standing.port, 200, HOMES) as lines:
            asking = [asyncio.create_task(line.ask(half)) for line in lines]
            await so_many(asking, at_least=150, within_s=YOUNG_S - lines[0].age_s)
            grown_mb = standing.rss_mb - before
            answered = [task.result() for task in asking if task.done()]
            for task in asking:
                task.cancel()
        print(f"200 half bodies of 200 KB: {len(answered)} turned away, +{grown_mb:.1f} MB")  # noqa: T201 - a figure of the report
        assert set(answered) <= {503, 0}
        assert len(answered) >= 150
        assert grown_mb < 16
        await asyncio.gather(*asking, return_exceptions=True)
        async with dialled(standing.port, 1) as (small,):
            assert await small.ask(one("small")) == 202, "what was held is given back"
