"""The guard: what uvicorn leaves to a proxy in front, done at the socket (docs/operations.md, "Limits of the public port").

in   bytes of a connection
out  the same to uvicorn's parser; or 400, 408, 413, 414, 431, 503 and the end of the connection
Never an answer of its own to a request that was handed on: no answer means "send it again", a wrong one could mean "never".
"""

from __future__ import annotations

import asyncio
import re
import resource
from functools import lru_cache
from typing import ClassVar

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tracker.crowd import Crowd
from tracker.one_write import NAME, WholeAnswer
from tracker.settings import Settings

HEADERS_MAX_BYTES = 32 * 1024
HEADERS_MAX = 100
URL_MAX_BYTES = 8 * 1024
LEFT_OVER_BYTES = 64 * 1024  # read beyond the largest body of a request that was answered already
BAD = b"400 Bad Request"
TOO_LARGE = b"431 Request Header Fields Too Large"
ONCE = (b"host", b"origin", b"authorization", b"content-type", b"content-encoding")  # where one reader takes the first and another the last
FRAMING = 8  # a request of many small chunks is this much larger than its body, at most
REQUEST_S = 9.0  # and at most a tenth more, the time from one round to the next
PIPELINED_MAX = 16
FILES_MAX, FILES_KEPT = 2**20, 200  # file descriptors, and those that are not for connections
HOST = re.compile(rb"(?:[A-Za-z0-9._~%-]+|\[[0-9A-Za-z:.%_~-]+\])(?::\d{1,5})?")


class Unwelcome(Exception):
    """Raised inside a callback of the parser, which then stops."""

    def __init__(self, status: bytes) -> None:
        super().__init__(status)
        self.status = status


class Guarded(HttpToolsProtocol):
    """Every request must be whole within REQUEST_S of its first byte; so must the first one of the connection's birth."""

    crowd: ClassVar[Crowd] = Crowd()
    body_max_bytes: ClassVar[int] = Settings().body_max_bytes

    _head_bytes = 0  # received since the head began, with what came after it in the same piece
    _wire_bytes = 0
    _in_head = True
    _piped = False  # this head began in the middle of a piece, so the first of its bytes were not counted
    waiting_since: float | None = None  # for the rest of a request
    idle_since: float | None = None  # done with one, before the next
    stuck: tuple[int, float] | None = None  # bytes that nobody takes from us, since when

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        if not self.crowd.enter(self, self.client[0] if self.client else ""):
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.leave(self)
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.waiting_since is None:
            self.waiting_since = self.loop.time()
            self._piped = False
        if self._in_head:
            self._head_bytes += len(data)
        crowd = self.crowd
        crowd.held_bytes += len(data)
        self._wire_bytes += len(data)
        if crowd.held_bytes > crowd.held_max_bytes:
            self._refuse(b"503 Service Unavailable\r\nRetry-After: 2")
        elif self._wire_bytes > FRAMING * self.body_max_bytes and not self.pipeline:
            self._refuse(b"413 Content Too Large")
        elif not self.transport.is_closing():
            self._parse(data)
            if self._in_head and self._head_bytes > HEADERS_MAX_BYTES:
                self._refuse(TOO_LARGE)

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # no other protocol is spoken here: the request was answered as it stands, and the connection ends
        except httptools.HttpParserError as error:
            why = error.__context__
            self._refuse(why.status if isinstance(why, Unwelcome) else BAD)

    def on_message_begin(self) -> None:
        self._in_head = True
        if self.waiting_since is None:
            self.waiting_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        upgraded = self.parser.should_upgrade()
        check_head(self, upgraded)
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()
        cycle = self.cycle
        if upgraded:
            cycle.keep_alive = False
        if self.scope["method"] == "POST":
            self.scope["extensions"] = {NAME: {"write": WholeAnswer(cycle)}}

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if cycle.response_complete:
            if self._wire_bytes > self.body_max_bytes + LEFT_OVER_BYTES:
                self.transport.close()
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        self._in_head = self._piped = True
        self.waiting_since = self.idle_since = None
        cycle = self.cycle
        if cycle.response_complete:
            self._let_go()
            self.idle_since = self.loop.time()
        else:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        if not self.pipeline and not self.cycle.more_body:
            self._let_go()
        elif self.expect_100_continue and self.cycle.more_body:
            self.transport.close()  # nobody asked for the body, so nobody can tell where it ends
        self._go_on()

    def _go_on(self) -> None:
        """As uvicorn does, but without a timer for each answer: the look of the next rounds ends who stays idle."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle_since = self.loop.time()

    def idle(self) -> bool:
        """Whether it waits for the other side: nothing is owed to it."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def look(self, now_s: float) -> None:
        """One round's look: is it too slow to speak, or to listen?"""
        if self.waiting_since is not None and self.waiting_since < now_s - REQUEST_S:
            self._too_slow()
        elif self.idle_since is not None and self.waiting_since is None and self.idle_since < now_s - self.timeout_keep_alive:
            self.transport.close()
        elif not self.flow.write_paused and not self.transport.is_closing():
            self.stuck = None
        elif self.stuck is None or self.stuck[0] != self.transport.get_write_buffer_size():
            self.stuck = (self.transport.get_write_buffer_size(), now_s)
        elif self.stuck[1] < now_s - REQUEST_S:
            self.transport.abort()

    def _too_slow(self) -> None:
        if self._in_head and not self._head_bytes:
            self.transport.close()  # it never said a word
        else:
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        if self.transport.is_closing():
            return
        self.waiting_since = None
        self.crowd.turned_away[status.split(b"\r")[0].decode()] += 1
        cycle = self.cycle
        if cycle is None or (cycle.response_complete and self._in_head) or (not cycle.response_started and cycle.more_body and not self.pipeline):
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        elif not cycle.response_complete and not cycle.more_body:
            cycle.keep_alive = False  # the request before this one gets its answer first
            self.flow.pause_reading()
            return
        self.transport.close()

    def _let_go(self) -> None:
        self.crowd.held_bytes -= self._wire_bytes
        self._wire_bytes = 0


def check_head(request: Guarded, upgraded: bool) -> None:
    """Raises Unwelcome where two readers could understand the head differently, or where it is too large."""
    if len(request.pipeline) >= PIPELINED_MAX:
        raise Unwelcome(BAD)
    if len(request.headers) > HEADERS_MAX:
        raise Unwelcome(TOO_LARGE)
    if (request._piped or request._head_bytes > HEADERS_MAX_BYTES) and head_bytes(request) > HEADERS_MAX_BYTES:
        raise Unwelcome(TOO_LARGE)
    if len(request.url) > URL_MAX_BYTES:
        raise Unwelcome(b"414 URI Too Long")
    headers = dict(request.headers)
    host = headers.get(b"host")
    if not is_host(host) if host is not None else request.parser.get_http_version() != "1.0":
        raise Unwelcome(BAD)
    coding = headers.get(b"transfer-encoding")
    if coding is not None and (coding.lower() != b"chunked" or request.parser.get_http_version() != "1.1"):
        raise Unwelcome(BAD)
    if upgraded and (coding is not None or headers.get(b"content-length", b"0") != b"0"):
        raise Unwelcome(BAD)  # the parser would take the body for the other protocol
    if len(headers) != len(request.headers):
        names = [name for name, _ in request.headers]
        if any(names.count(name) > 1 for name in ONCE):
            raise Unwelcome(BAD)


def head_bytes(request: Guarded) -> int:
    """As it was sent, without the empty line at its end."""
    return len(b"POST  HTTP/1.1") + len(request.url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in request.headers)


@lru_cache(maxsize=1024)
def is_host(host: bytes) -> bool:
    return HOST.fullmatch(host) is not None


def guarded(settings: Settings, body_max_bytes: int = 0) -> type[Guarded]:
    """A guard with these limits and a count of its own; 0 = bodies as large as the public port takes them."""
    files = file_descriptors() - FILES_KEPT
    crowd = Crowd(
        connections_max=min(settings.connections_max or files, files), address_connections=settings.address_connections,
        held_max_bytes=settings.held_max_bytes, proxies=settings.trusted_proxies,
    )  # fmt: skip
    return type("Guarded", (Guarded,), {"crowd": crowd, "body_max_bytes": body_max_bytes or settings.body_max_bytes})


def file_descriptors() -> int:
    """How many this process may have, once it has asked for all it may ask for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if most == resource.RLIM_INFINITY else min(most, FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted
