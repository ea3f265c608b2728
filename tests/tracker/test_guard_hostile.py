"""Any bytes, in any pieces: the guard answers in whole answers or closes, forgets nothing it holds and never raises (docs/guarantees.md, no. 45)."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import os
import re
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tracker.body import inflated
from tracker.event import Refused
from tracker.guard import Guarded, guarded
from tracker.settings import Settings

EXAMPLES = 5_000 if os.environ.get("FAULTS") == "long" else 400
BODY_MAX = 1000


class Wire(asyncio.Transport):
    """The other end of the connection: keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.said = bytearray()
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 4711), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads up to a limit, as the door does."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body") or size > BODY_MAX:
            break
    assert isinstance(scope["path"], str)
    await send({"type": "http.response.start", "status": 413 if size > BODY_MAX else 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def heard(pieces: list[bytes]) -> tuple[Wire, Guarded]:
    config = uvicorn.Config(
        app, lifespan="off", access_log=False, ws="none", proxy_headers=False, server_header=False, date_header=False, log_config=None
    )
    config.load()
    protocol: Guarded = guarded(Settings(body_max_bytes=BODY_MAX))(config, ServerState(), {})
    wire = Wire()
    protocol.connection_made(wire)
    for piece in pieces:
        if not wire.closed:  # as the event loop has it
            protocol.data_received(piece)
        await asyncio.sleep(0)
    for _ in range(40):
        await asyncio.sleep(0)
    protocol.look(protocol.loop.time() + 60)
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)
    return wire, protocol


ANSWERS = re.compile(rb"(HTTP/1\.1 (?:100 [^\r]*\r\n\r\n|(\d{3}) [^\r]*\r\n(?:[^\r]+\r\n)*\r\n(?:ok)?))*")
LINES = [b"POST / HTTP/1.1", b"GET /x HTTP/1.1", b"GET / HTTP/1.0", b"HEAD / HTTP/1.1", b"Host: x", b"Host: y", b"Content-Length: 3",
         b"Content-Length: 3000",
         b"Content-Length: -1", b"Transfer-Encoding: chunked", b"Connection: close", b"Connection: upgrade", b"Upgrade: h2c", b"Expect: 100-continue",
         b" folded", b"X: " + b"y" * 200, b"3", b"abc", b"0", b"", b"", b"\0", b"ffffffff",
         b"Origin: a", b"Origin: b", b"GET http://e HTTP/1.1"]  # fmt: skip
talk = st.lists(st.sampled_from(LINES), max_size=14).map(b"\r\n".join)
whole = st.sampled_from([
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
])  # fmt: skip
spoken = st.lists(talk | whole | st.binary(max_size=60), max_size=6).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds) if end > start]


@settings(max_examples=EXAMPLES, deadline=None)
@given(spoken, st.lists(st.integers(0, 2000), max_size=6))
def test_any_bytes_get_whole_answers_and_hold_nothing_afterwards(data: bytes, places: list[int]) -> None:
    wire, protocol = asyncio.run(heard(cut(data, places)))
    assert ANSWERS.fullmatch(bytes(wire.said)), bytes(wire.said)
    assert b" 500 " not in wire.said
    assert (protocol.crowd.held_bytes, protocol.crowd.connections) == (0, 0)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(whole, min_size=1, max_size=5), st.lists(st.integers(0, 2000), max_size=6))
def test_whole_requests_get_one_answer_each_however_they_are_cut(requests: list[bytes], places: list[int]) -> None:
    wire, _ = asyncio.run(heard(cut(b"".join(requests), places)))
    assert wire.said.count(b"HTTP/1.1 200 OK") == len(requests)


# --- gzip --------------------------------------------------------------------------------------------------------------------


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255), st.integers(0, 3))
def test_damaged_gzip_is_refused_or_what_it_was(text: bytes, place: int, byte: int, tail: int) -> None:
    packed = bytearray(gzip.compress(text, mtime=0))
    packed[place % len(packed)] = byte
    packed += b"x" * tail
    try:
        assert inflated(bytes(packed), 200) == text
    except Refused as refused:
        assert refused.status in (400, 413)  # noqa: PT017 - either answer is right here


@given(st.binary(max_size=300))
def test_any_bytes_are_gzip_or_refused(body: bytes) -> None:
    if not body.startswith(b"\x1f\x8b"):
        with pytest.raises(Refused):
            inflated(body, 100)


@pytest.mark.parametrize(("size", "fits"), [(99, True), (100, True), (101, False)])
def test_what_is_unpacked_may_be_exactly_as_large_as_the_limit(size: int, fits: bool) -> None:
    if fits:
        assert len(inflated(gzip.compress(b"x" * size), 100)) == size
    else:
        with pytest.raises(Refused) as refused:
            inflated(gzip.compress(b"x" * size), 100)
        assert refused.value.status == 413
