"""The guard: what uvicorn leaves to a proxy in front, done at the socket (FAULTS.md, finding 5).

in   bytes of a connection
out  the same to uvicorn's parser, unless headers are too large, a request too slow, a connection idle or its address has too many
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tracker.one_write import OneWrite

HEADERS_MAX_BYTES = 32 * 1024
REQUEST_S = 9.0  # and at most a tenth more, the time from one round to the next
CONNECTIONS_PER_ADDRESS = 2000
END_OF_HEADERS = b"\r\n\r\n"

_connections: Counter[str] = Counter()
_open: set[Guarded] = set()
_going_round: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def look_round(loop: asyncio.AbstractEventLoop) -> None:
    """One round through all connections costs less than a timer for each request; it goes on while there are any."""
    late = loop.time() - REQUEST_S
    for connection in [each for each in _open if each.waiting_since is not None and each.waiting_since < late]:
        connection.too_slow()
    if _open:
        loop.call_later(REQUEST_S / 10, look_round, loop)
    else:
        _going_round.discard(loop)


class Guarded(HttpToolsProtocol):
    """Every request must be whole within REQUEST_S of its first byte; so must the first one of the connection's birth."""

    _head_bytes = 0
    _in_head = True
    _address = ""
    waiting_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._address = network(self.client[0]) if self.client else ""
        _connections[self._address] += 1
        if _connections[self._address] > CONNECTIONS_PER_ADDRESS:
            transport.close()
        self.waiting_since = self.loop.time()
        if self.loop not in _going_round:
            _going_round.add(self.loop)
            self.loop.call_later(REQUEST_S / 10, look_round, self.loop)
        _open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        _open.discard(self)
        _connections[self._address] -= 1
        if _connections[self._address] <= 0:
            del _connections[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            end = data.find(END_OF_HEADERS)
            self._head_bytes += len(data) if end < 0 else end
            if self._head_bytes > HEADERS_MAX_BYTES:
                self._refuse(b"431 Request Header Fields Too Large")
                return
            if self.waiting_since is None:
                self.waiting_since = self.loop.time()
        if not self.transport.is_closing():
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()
        cycle = self.cycle
        if self.scope["method"] == "POST" and not cycle.waiting_for_100_continue:
            cycle.transport = OneWrite(self.transport)

    def on_message_complete(self) -> None:
        self._in_head = True
        self.waiting_since = None
        super().on_message_complete()

    def too_slow(self) -> None:
        if self._in_head and not self._head_bytes:
            self.transport.close()  # it never said a word
        else:
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        self.waiting_since = None
        self.transport.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.transport.close()


@lru_cache(maxsize=16_384)
def network(address: str) -> str:
    """Whom a limit counts: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip: Any = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False).network_address)
