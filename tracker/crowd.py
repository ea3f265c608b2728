"""The crowd: who is connected, from where, and how many bytes of theirs are held. One per port.

in   connections that come, go and wait
out  yes or no; a look at each of them ten times in the time a request has
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from itertools import islice
from typing import Protocol

from tracker.addresses import is_among, network, networks

TELL_S = 60.0
LOOKED_AT = 100  # so many of the oldest are asked for their place, at most

log = logging.getLogger("tracker.crowd")


class Connection(Protocol):
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    waiting_since: float | None

    def idle(self) -> bool: ...

    def look(self, now_s: float) -> None: ...


class Crowd:
    """A limit of 0 is none. Proxies stand for many people, so they may have any number of connections."""

    def __init__(self, *, connections_max: int = 20_000, address_connections: int = 2000, held_max_bytes: int = 2**26, proxies: str = "") -> None:
        self.connections_max, self.address_connections = connections_max, address_connections
        self.proxies = networks(proxies)
        self.held_max_bytes = held_max_bytes or sys.maxsize
        self.turned_away: Counter[str] = Counter()  # since it was last told
        self.held_bytes = 0  # kept by the connections themselves: a call for each piece received would be felt
        self.round_s = 1.0
        self._open: dict[Connection, str] = {}  # the oldest first, with its address as a limit counts it
        self._by_address: dict[str, dict[Connection, str]] = {}
        self._going_round = False
        self._told_s = float("-inf")

    @property
    def connections(self) -> int:
        return len(self._open)

    def enter(self, connection: Connection, address: str) -> bool:
        """False where it must not stay. `leave` is called for each one that entered or did not."""
        counted = network(address)
        of_address = self._by_address.setdefault(counted, {})
        of_address[connection] = self._open[connection] = counted
        if not self._going_round:
            self._going_round = True
            connection.loop.call_later(self.round_s, self._look_round, connection.loop)
        if self.address_connections and len(of_address) > self.address_connections and not is_among(address, self.proxies):
            return self._make_room(connection, of_address, "too many connections of one address")
        return not self.connections_max or len(self._open) <= self.connections_max or self._make_room(connection, self._open, "too many connections")

    def leave(self, connection: Connection) -> None:
        address = self._open.pop(connection, None)
        if address is not None:
            of_address = self._by_address[address]
            del of_address[connection]
            if not of_address:
                del self._by_address[address]

    def _make_room(self, new: Connection, among: dict[Connection, str], why: str) -> bool:
        """Who says nothing or dawdles never keeps a new one out: the oldest of them goes, else the oldest that is done."""
        self.turned_away[why] += 1
        idle = [each for each in islice(among, LOOKED_AT) if each is not new and each.idle() and not each.transport.is_closing()]
        goes = next((each for each in idle if each.waiting_since is not None), idle[0] if idle else None)
        if goes is not None:
            goes.transport.close()
        return goes is not None

    def _look_round(self, loop: asyncio.AbstractEventLoop) -> None:
        """One round through all connections costs less than a timer for each request; it goes on while there are any."""
        now_s = loop.time()
        for connection in list(self._open):
            connection.look(now_s)
        self._tell(now_s)
        if self._open:
            loop.call_later(self.round_s, self._look_round, loop)
        else:
            self._going_round = False

    def _tell(self, now_s: float) -> None:
        """Once a minute, so that a flood fills no log."""
        if self.turned_away and now_s - self._told_s >= TELL_S:
            log.warning("Turned away: %s", ", ".join(f"{count} times {what}" for what, count in self.turned_away.most_common()))
            self.turned_away.clear()
            self._told_s = now_s
