"""Erased people, as tombstones: nothing of them comes back by a late batch, a replay, an import or what still lies in a spool.

in   DATA/erased.json, which tracker/tombstones.py keeps in step with the table `erasures`
out  whether an event is of somebody erased; the lines of a segment or an import without theirs
A tombstone names nobody: it holds a digest of the id. What happens after the erasure is new and comes through.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["visitor", "customer"]


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """Events of this person from `from_ms` to `until_ms`, both inclusive."""

    site: str
    kind: Kind
    digest: str
    from_ms: int
    until_ms: int


@lru_cache(maxsize=65536)
def digest(site: str, kind: Kind, name: str) -> str:
    return sha256("\0".join((kind, site, name)).encode(errors="replace")).hexdigest()


class Line(msgspec.Struct):
    """What must be known of a spooled line. Times are seconds, as ClickHouse reads them."""

    site: str = ""
    visitor_id: str = ""
    customer_id: str = ""
    at: float = 0.0


_line = msgspec.json.Decoder(Line).decode
Spans = tuple[tuple[int, int], ...]


class Book:
    """The tombstones as the file tells them; a look-up is O(1), and free for a site that erased nobody."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._sites: dict[str, dict[str, Spans]] = {}
        self.refresh()

    def refresh(self) -> None:
        """One stat; the file is read where it changed. A missing file is nobody."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp == self._stamp:
            return
        sites: dict[str, dict[str, Spans]] = {}
        for stone in msgspec.json.decode(self.path.read_bytes(), type=list[Tombstone]):
            spans = sites.setdefault(stone.site, {})
            spans[stone.digest] = (*spans.get(stone.digest, ()), (stone.from_ms, stone.until_ms))
        self._stamp, self._sites = stamp, sites

    def of(self, site: str) -> Callable[[str, str, float], bool] | None:
        """The question for a receipt: is this (visitor, customer, time in ms) erased? None = this site erased nobody."""
        if site not in self._sites:
            return None
        return lambda visitor_id, customer_id, at_ms: self.covers(site, visitor_id, customer_id, at_ms)

    def covers(self, site: str, visitor_id: str, customer_id: str, at_ms: float) -> bool:
        stones = self._sites.get(site)
        if not stones:
            return False
        of_visitor = stones.get(digest(site, "visitor", visitor_id), ()) if visitor_id else ()
        of_customer = stones.get(digest(site, "customer", customer_id), ()) if customer_id else ()
        return any(from_ms <= at_ms <= until_ms for from_ms, until_ms in (*of_visitor, *of_customer))

    def without_erased(self, lines: list[bytes]) -> list[bytes]:
        """The lines of `events` that may be stored. Nothing is decoded where nobody was erased."""
        if not self._sites:
            return lines
        return [line for line in lines if not self._is_erased(line)]

    def _is_erased(self, line: bytes) -> bool:
        try:
            told = _line(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):  # the database will refuse it too; then it is a dead letter
            return False
        return self.covers(told.site, told.visitor_id, told.customer_id, round(told.at * 1000))
