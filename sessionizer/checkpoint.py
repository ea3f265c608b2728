"""How far a rebuild has come, so that one that was killed goes on from there.

in   the site under its rules, the time now
out  rows of `rebuilds`; the first visitor still to do

Void after a day, and where the rules or the files of this program are other ones now: what was built by them would differ from the rest.
What arrived since for visitors that are done was worked in by the ticks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from sessionizer.arrivals import parameter
from tracker.sites import Site
from tracker.store import Store, load

VALID_MS = 86_400_000
PROGRAM = (("sessionizer", ""), ("tracker", "purpose.py"), ("tracker", "purpose.toml"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    store: Store
    site: Site

    def reached(self, now_ms: int) -> str:
        """The first visitor still to do; '' = all of them."""
        since = parameter(max(0, now_ms - VALID_MS))
        row = self.store.one(load("sessionizer", "rebuild_reached"), site=self.site.name, mark=self.mark, since=since)
        return row["visitor_id"] if row else ""

    def reach(self, visitor_id: str, now_ms: int) -> None:
        """All visitors before this one are done; '' = the rebuild has ended."""
        mark = self.mark if visitor_id else ""
        self.store.command(load("sessionizer", "rebuild_reaches"), site=self.site.name, mark=mark, visitor_id=visitor_id, at=parameter(now_ms))

    @property
    def mark(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self.site) + program()).hexdigest()


@cache
def program() -> bytes:
    """A hash of everything that sessions and carts are made by."""
    digest = hashlib.sha256()
    for package, name in PROGRAM:
        root = resources.files(package)
        for file in files(root.joinpath(name) if name else root):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()


def files(found: Traversable) -> Iterator[Traversable]:
    """This file, or all of this folder that people wrote, by name."""
    if found.is_file():
        if found.name.endswith((".py", ".sql", ".toml")):
            yield found
        return
    for inner in sorted(found.iterdir(), key=lambda each: each.name):
        yield from files(inner)
