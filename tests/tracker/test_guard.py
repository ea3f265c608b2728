"""What a hostile or broken client may do to a connection, and how soon it ends (docs/guarantees.md, no. 40, 41 and 46)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tracker import guard
from tracker.settings import Settings

OK = b"HTTP/1.1 204"
KEEP_ALIVE_S = 0.6
LARGE = b"x" * 20_000_000  # more than the buffers of the system take


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/slow":
        await asyncio.sleep(1.5 * KEEP_ALIVE_S)
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(LARGE))]})
        await send({"type": "http.response.body", "body": LARGE})
    else:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> type[guard.Guarded]:
    """A guard whose patience is short, so that the test's can be."""
    monkeypatch.setattr(guard, "REQUEST_S", 0.3)
    guarded = guard.guarded(Settings(address_connections=20))
    guarded.crowd.round_s = 0.03
    return guarded


@pytest.fixture
async def port(guarded: type[guard.Guarded]) -> AsyncIterator[int]:
    keep_alive: Any = KEEP_ALIVE_S
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=guarded, lifespan="off", log_level="error", timeout_keep_alive=keep_alive))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def answer(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """Everything the server says until it closes; the pieces are sent one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said: Any = b""
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        async with asyncio.timeout(30):
            said = await reader.read()
    writer.close()
    return bytes(said)


def request(*headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"POST / HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_an_ordinary_request_is_answered(port: int) -> None:
    assert (await answer(port, request(body=b"x" * 60_000))).startswith(OK)


async def test_headers_of_32_kib_pass_and_larger_ones_do_not(port: int) -> None:
    fitting = b"X: " + b"a" * (guard.HEADERS_MAX_BYTES - len(request()) - 3)
    assert (await answer(port, request(fitting))).startswith(OK)
    assert (await answer(port, request(fitting + b"a" * 3))).startswith(b"HTTP/1.1 431")


async def test_an_endless_header_is_cut_off_early(port: int) -> None:
    assert not (await answer(port, b"GET / HTTP/1.1\r\nX: ", *[b"a" * 65_536] * 40, b"\r\n\r\n")).startswith(OK)
    assert (await answer(port, request())).startswith(OK)


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert await answer(port) == b""


@pytest.mark.parametrize("pieces", [
    (b"POST / HTTP/1.1\r\nHost: x\r\n",),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", b"abc"),
    tuple(bytes([byte]) for byte in b"POST / HTTP/1.1\r\nHost: x\r\n\r\n"),
])  # fmt: skip
async def test_a_request_that_dawdles_is_ended(port: int, pieces: tuple[bytes, ...]) -> None:
    assert not (await answer(port, *pieces, pause_s=0.05)).startswith(OK)


async def test_two_requests_on_one_connection_have_a_deadline_each(port: int) -> None:
    one = request().replace(b"Connection: close", b"Connection: keep-alive")
    said = await answer(port, one, one, request(), pause_s=0.2)
    assert said.count(OK) == 3


async def test_a_connection_is_kept_for_the_next_request_and_closed_when_none_comes(port: int) -> None:
    one = request().replace(b"Connection: close", b"Connection: keep-alive")
    async with asyncio.timeout(30):
        said = await answer(port, one, one, pause_s=KEEP_ALIVE_S / 3)
    assert (said.count(OK), b"408" in said) == (2, False)


async def test_who_waits_for_a_slow_answer_is_not_idle(port: int) -> None:
    one = request().replace(b"Connection: close", b"Connection: keep-alive")
    said = await answer(port, one, one.replace(b"POST / ", b"POST /slow "), one)
    assert said.count(OK) == 3


async def test_an_address_may_hold_only_so_many_connections(port: int, guarded: type[guard.Guarded]) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
    async with asyncio.timeout(30):
        assert await held[0][0].read() == b"", "the oldest make room"
        while guarded.crowd.connections > 20:
            await asyncio.sleep(0.01)
    assert (await answer(port, request())).startswith(OK)
    for _, each in held:
        each.close()


@pytest.mark.parametrize("framing", [
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET @evil HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
])  # fmt: skip
async def test_malformed_framing_is_refused(port: int, framing: bytes) -> None:
    assert not (await answer(port, framing)).startswith(OK)


async def test_who_does_not_take_an_answer_is_ended(port: int, guarded: type[guard.Guarded]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    transport: Any = writer.transport
    transport.pause_reading()
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(30):
        while guarded.crowd.connections == 0:
            await asyncio.sleep(0.01)
        while guarded.crowd.connections:
            await asyncio.sleep(0.01)
    transport.resume_reading()
    with contextlib.suppress(ConnectionError):
        assert len(await reader.read()) < len(LARGE)
    writer.close()


async def test_who_takes_an_answer_slowly_gets_it_whole(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    taken = 0
    async with asyncio.timeout(60):
        while piece := await reader.read(1_000_000):
            taken += len(piece)
            await asyncio.sleep(0.02)
    writer.close()
    assert taken > len(LARGE)


async def test_who_was_turned_away_is_told_in_one_line(port: int, guarded: type[guard.Guarded], caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        await answer(port, b"GET @evil HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(30):
        while not caplog.records:
            await asyncio.sleep(0.01)
    (record,) = caplog.records
    assert "times 400 Bad Request" in record.getMessage()
    told = int(re.findall(r"\d+", record.getMessage())[0])
    assert told + guarded.crowd.turned_away["400 Bad Request"] == 5


def test_the_documents_name_the_limits() -> None:
    limits = (Path(__file__).parent.parent.parent / "docs" / "operations.md").read_text()
    assert f"| {guard.HEADERS_MAX_BYTES // 1024} KiB, {guard.HEADERS_MAX} headers, an address of {guard.URL_MAX_BYTES // 1024} KiB |" in limits
    assert f"| requests sent ahead on one connection | {guard.PIPELINED_MAX} |" in limits
    assert f"at most {guard.LEFT_OVER_BYTES // 1024} KiB more are read" in limits
    assert f"`ulimit -Hn` allows less {guard.FILES_KEPT}" in limits
