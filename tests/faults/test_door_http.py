"""Requests made to confuse, to overflow or to be read in two ways, against the door's own process (docs/guarantees.md, no. 41, 42, 43 and 46)."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator

import pytest

from tests.faults.door import Door, batch, chunked, code, dial, door, event, head, header, post, statuses, talk
from tests.faults.sizes import size

BODY_MAX = 256 * 1024
INFLATED_MAX = 2 * 1024 * 1024
GZIP = b"Content-Encoding: gzip"
CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("door")) as standing:
        yield standing


def get(*headers: bytes, line: bytes = b"GET /healthz HTTP/1.1") -> bytes:
    return b"\r\n".join([line, *headers]) + b"\r\n\r\n"


HOST = b"Host: t.shop.example"
GOOD = batch()

# What is sent, and the statuses that come back; after a 400 of this kind nothing more is read from the connection.
REFUSED: dict[str, bytes] = {
    "two lengths that differ": head(b"Content-Length: 3", b"Content-Length: 4") + b"abcd",
    "two lengths that agree": head(b"Content-Length: 3", b"Content-Length: 3") + b"abc",
    "a list of lengths": head(b"Content-Length: 3, 3") + b"abc",
    "a length with a sign": head(b"Content-Length: +3") + b"abc",
    "a negative length": head(b"Content-Length: -3") + b"abc",
    "a hexadecimal length": head(b"Content-Length: 0x3") + b"abc",
    "a length of 26 digits": head(b"Content-Length: " + b"9" * 26) + b"abc",
    "an empty length": head(b"Content-Length: ") + b"abc",
    "a space before the colon": head(b"Content-Length : 3") + b"abc",
    "length, then chunks": head(b"Content-Length: 5", CHUNKED) + b"0\r\n\r\n",
    "chunks, then length": head(CHUNKED, b"Content-Length: 5") + b"0\r\n\r\n",
    "two codings": head(CHUNKED, b"Transfer-Encoding: identity") + b"0\r\n\r\n",
    "a list of codings": head(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "an unknown coding": head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunks in HTTP/1.0": head(CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a negative chunk": head(CHUNKED) + b"-1\r\na\r\n0\r\n\r\n",
    "a chunk of 18 digits": head(CHUNKED) + b"f" * 18 + b"\r\na\r\n0\r\n\r\n",
    "a folded header": get(HOST, b"X: a\r\n b"),
    "lines without CR": get(HOST).replace(b"\r", b""),
    "a CR alone": get(HOST, b"X: a\rb"),
    "a zero byte": get(HOST, b"X: a\0b"),
    "no host": get(),
    "two hosts": get(HOST, b"Host: other.example"),
    "two types": head(b"Content-Type: application/json", b"Content-Length: 3") + b"abc",
    "a host that is none": get(b"Host: a b/<script>"),
    "another protocol with a body": head(b"Connection: upgrade", b"Upgrade: foo", b"Content-Length: 3") + b"abc",
    "GET @evil": get(HOST, line=b"GET @evil HTTP/1.1"),
    "an address without a path": get(HOST, line=b"GET http://evil.example HTTP/1.1"),
    "CONNECT": get(HOST, line=b"CONNECT evil.example:443 HTTP/1.1"),
    "an unknown method": get(HOST, line=b"FOO / HTTP/1.1"),
    "a path that is no ASCII": get(HOST, line=b"GET /\xff\xfe HTTP/1.1"),
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
    "zeros": b"\0" * 100,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_readers_could_understand_differently_is_a_400_and_the_end(standing: Door, name: str) -> None:
    assert standing.status(REFUSED[name] + get(HOST)) == [400]


TAKEN: dict[str, tuple[bytes, list[int]]] = {
    "HTTP/1.0 without a host": (get(line=b"GET /healthz HTTP/1.0"), [200]),
    "a full address": (get(b"Host: other.example", CLOSE, line=b"GET http://evil.example/healthz HTTP/1.1"), [200]),
    "an IPv6 host": (get(b"Host: [2001:db8::1]:8000", CLOSE), [200]),
    "an empty line first": (b"\r\n" + get(HOST, CLOSE), [200]),
    "OPTIONS *": (get(HOST, CLOSE, line=b"OPTIONS * HTTP/1.1"), [404]),
    "TRACE": (get(HOST, CLOSE, line=b"TRACE /v1/events HTTP/1.1"), [405]),
    "a CR and a LF in the path": (get(HOST, CLOSE, line=b"GET /%0d%0aSet-Cookie:%20a HTTP/1.1"), [404]),
    "another protocol": (get(HOST, b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: YQ=="), [200]),
    "another protocol, then more": (get(HOST, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c") + get(HOST), [200]),
    "three at once": (post(GOOD) + post(GOOD) + post(GOOD, CLOSE), [202, 202, 202]),
    "many small chunks": (head(CHUNKED, CLOSE) + chunked(GOOD, 1), [202]),
    "100-continue": (head(b"Expect: 100-continue", CLOSE, b"Content-Length: %d" % len(GOOD)) + GOOD, [202]),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_odd_but_clear_is_answered(standing: Door, name: str) -> None:
    sent, expected = TAKEN[name]
    assert standing.status(sent) == expected


def test_the_host_of_a_request_is_in_no_answer(standing: Door) -> None:
    for path in (b"/healthz", b"/t.js", b"/nothing", b"//evil.example/t.js", b"http://evil.example/healthz"):
        said = standing.said(get(b"Host: evil.example", CLOSE, line=b"GET " + path + b" HTTP/1.1"))
        assert b"evil.example" not in said.replace(b'GET //evil.example/t.js"', b"")
        assert header(said, b"location") is None


def test_the_answer_before_a_broken_request_is_the_answer_of_the_request_before(standing: Door) -> None:
    """What was taken is not called a bad request because of what comes after it."""
    assert standing.status(post(batch(event("kept-1"))) + b"garbage\r\n\r\n") == [202]
    assert "kept-1" in {row["event_id"] for row in standing.rows()}


def test_a_stack_of_requests_on_one_connection_is_bounded(standing: Door) -> None:
    answered = standing.status(get(HOST) * 2000)
    assert set(answered) == {200}
    assert len(answered) < 100
    assert standing.status(get(HOST) * 10 + get(HOST, CLOSE)) == [200] * 11


# --- size --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n\r\n"], 414),
        ([b"GET /", *[b"a" * 65_536] * 16, b" HTTP/1.1\r\n" + HOST + b"\r\n\r\n"], 431),
        ([b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + b"a:b\r\n" * 10_000 + b"\r\n"], 431),
        ([b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + b"a:b\r\n" * 200 + b"\r\n"], 431),
        ([b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\nX: ", *[b"a" * 65_536] * 32], 431),
        ([get(HOST) + b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\nX: " + b"a" * 40_000 + b"\r\n\r\n"], 431),
    ],
)  # fmt: skip
def test_an_address_or_a_head_too_large_is_refused_unread(standing: Door, pieces: list[bytes], status: int) -> None:
    before = standing.rss_mb
    answered = standing.status(*pieces)
    assert answered in ([], [status], [200], [200, status])  # a sender that is cut off in the middle may hear nothing
    assert answered != [200] or pieces[0].startswith(get(HOST))
    assert standing.rss_mb < before + 5


async def test_a_head_of_200_mb_is_cut_off_at_once(standing: Door) -> None:
    before = standing.rss_mb
    line = await dial(standing.port)
    line.writer.write(b"GET / HTTP/1.1\r\nX: ")
    sent = 0
    try:
        async with asyncio.timeout(90):
            while sent < 200_000_000:
                line.writer.write(b"a" * 65_536)
                await line.writer.drain()
                sent += 65_536
    except ConnectionError:
        pass
    assert sent < 16_000_000, "buffers of the system on both sides included"
    assert standing.rss_mb < before + 5
    line.close()


FILL = batch()


def sized(length: int) -> bytes:
    """A good batch of exactly so many bytes."""
    return FILL + b" " * (length - len(FILL))


@pytest.mark.parametrize(
    ("length", "status"), [(BODY_MAX - 1, 202), (BODY_MAX, 202), (BODY_MAX + 1, 413), (BODY_MAX + 65_536, 413), (4 * BODY_MAX, 413)]
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_is_taken_up_to_the_exact_limit(standing: Door, length: int, status: int, framing: str) -> None:
    body = sized(length)
    said = standing.said(post(body, CLOSE) if framing == "length" else head(CHUNKED, CLOSE) + chunked(body))
    assert statuses(said) == [status]
    assert code(said) == ("too_large" if status == 413 else "")


def test_a_length_that_lies_gets_what_it_said(standing: Door) -> None:
    short = head(b"Content-Length: %d" % (len(GOOD) - 5)) + GOOD
    assert standing.status(short) == [400], "the batch is cut short; what follows is no request"


async def test_a_body_announced_too_large_is_refused_before_it_is_sent(standing: Door) -> None:
    for more in ((), (b"Expect: 100-continue",)):
        said = await talk(standing.port, head(b"Content-Length: 1000000000", *more))
        assert statuses(said) == [413]
        assert b"100 Continue" not in said


async def test_no_more_of_a_refused_body_is_read_than_the_limit_and_a_bit(standing: Door) -> None:
    line = await dial(standing.port)
    line.writer.write(head(b"Content-Length: 1000000000"))
    sent = 0
    try:
        async with asyncio.timeout(90):
            while sent < 1_000_000_000:
                line.writer.write(b"a" * 65_536)
                await line.writer.drain()
                sent += 65_536
    except ConnectionError:
        pass
    assert sent < 16_000_000, "buffers of the system on both sides included"
    line.close()


@pytest.mark.parametrize("tail", [b"0\r\nX: " + b"a" * 3_000_000, b"1;" + b"a" * 3_000_000, b"0\r\n" + b"a: b\r\n" * 500_000])
def test_what_chunks_carry_beside_the_body_is_bounded_too(standing: Door, tail: bytes) -> None:
    before = standing.rss_mb
    assert standing.status(head(CHUNKED) + b"3\r\nabc\r\n" + tail) in ([413], [400], [])
    assert standing.status(get(HOST, CLOSE)) == [200]
    assert standing.rss_mb < before + 16


# --- gzip --------------------------------------------------------------------------------------------------------------------


def packed(length: int) -> bytes:
    return gzip.compress(sized(length), 9)


ZEROS = zlib.compressobj(9, wbits=31)
BOMB = ZEROS.compress(b"\0" * 200_000_000) + ZEROS.flush()
GZIPPED: dict[str, tuple[bytes, int, str]] = {
    "a good batch": (gzip.compress(GOOD), 202, ""),
    "the limit less one": (packed(INFLATED_MAX - 1), 202, ""),
    "the limit": (packed(INFLATED_MAX), 202, ""),
    "the limit and one": (packed(INFLATED_MAX + 1), 413, "too_large"),
    "200 MB in 194 KB": (BOMB, 413, "too_large"),
    "gzip within gzip": (gzip.compress(gzip.compress(GOOD)), 400, "not_json"),
    "a bomb within gzip": (gzip.compress(BOMB), 400, "not_json"),
    "cut short": (gzip.compress(GOOD)[:-5], 400, "not_gzip"),
    "garbage behind": (gzip.compress(GOOD) + b"x", 400, "not_gzip"),
    "two members": (gzip.compress(GOOD) * 2, 400, "not_gzip"),
    "a wrong checksum": (gzip.compress(GOOD)[:-8] + bytes(8), 400, "not_gzip"),
    "no gzip": (GOOD, 400, "not_gzip"),
    "nothing": (b"", 400, "not_gzip"),
    "random bytes": (gzip.compress(b"")[:10] + os.urandom(1000), 400, "not_gzip"),
}


@pytest.mark.parametrize("name", GZIPPED)
def test_a_packed_body_is_unpacked_in_bounded_memory(standing: Door, name: str) -> None:
    body, status, expected = GZIPPED[name]
    assert len(body) < BODY_MAX
    before = standing.rss_mb
    said = standing.said(post(body, GZIP, CLOSE))
    assert (statuses(said), code(said)) == ([status], expected)
    assert standing.rss_mb < before + 12


@pytest.mark.parametrize("encoding", [b"deflate", b"br", b"zstd", b"gzip, gzip", b"gzip, identity", b"x" * 5000])
def test_another_packing_is_a_415(standing: Door, encoding: bytes) -> None:
    said = standing.said(post(gzip.compress(GOOD), b"Content-Encoding: " + encoding, CLOSE))
    assert (statuses(said), code(said)) == ([415], "content_encoding")


def test_bomb_after_bomb_costs_no_memory_and_little_time(standing: Door) -> None:
    bombs = size(20, 500)
    assert standing.status(post(BOMB, GZIP, CLOSE)) == [413]
    before, began = standing.rss_mb, standing.cpu_s
    for _ in range(bombs):
        assert standing.status(post(BOMB, GZIP, CLOSE)) == [413]
    spent_ms = 1000 * (standing.cpu_s - began) / bombs
    print(f"a bomb of 1:1000 costs {spent_ms:.1f} ms of CPU; memory {before:.0f} -> {standing.rss_mb:.0f} MB")  # noqa: T201 - a figure of the report
    assert standing.rss_mb < before + 5


def test_no_stranger_writes_a_line_of_the_log(standing: Door) -> None:
    """Line ends and terminal codes in every place that may be told of."""
    evil = "\r\n2026-11-22 05:00:00,000 ERROR tracker.store: all is lost\x1b[2J\u202e"
    for body in (batch(site=f"sk_{evil}"), batch(site=evil), batch(event(evil), visitor=evil), evil.encode()):
        assert standing.status(post(body, CLOSE))[0] in (202, 400, 403)
    raw = evil.replace("\r\n", "").encode()
    for name in (b"User-Agent", b"Referer", b"Origin", b"X-Forwarded-For", b"Content-Type", b"Authorization"):
        assert standing.status(post(GOOD, name + b": " + raw, CLOSE)) == [400], "no such byte may stand in a header"
    assert standing.status(get(HOST, CLOSE, line=b"GET /%0d%0a%1b[2J?%0d%0a HTTP/1.1")) == [404]
    lines = standing.log().splitlines()
    assert lines, "the secret key was worth a line"
    assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING) [\w.]+: ", line)] == []
    assert all(character.isprintable() for line in lines for character in line)


def test_after_all_this_the_door_has_never_failed(standing: Door) -> None:
    assert standing.status(post(batch(event("last")), CLOSE)) == [202]
    assert "last" in {row["event_id"] for row in standing.rows()}
    assert [line for line in standing.log().splitlines() if "Traceback" in line or "ERROR" in line] == []
    assert json.dumps(standing.rows()).isascii()
