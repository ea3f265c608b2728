"""The tombstones in the database: written by an erasure, told to this machine's door and writer by a file.

in   tombstones
out  rows of `erasures`; DATA/erased.json; for the writer a sieve that leaves erased people out
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracker.erasure import Book, Tombstone
from tracker.shared_file import replace, sole_writer
from tracker.store import Store, load

FOLLOW_S = 10.0  # another machine may have erased somebody: the table is looked at again after this time


class Sieve:
    """For a writer: the lines of a segment without those of erased people. On a server it follows what other machines erase."""

    def __init__(self, book: Book, store: Store) -> None:
        self.book, self.store = book, store
        self._followed = -FOLLOW_S

    @classmethod
    def of(cls, data: Path, store: Store) -> Sieve:
        """With the file made anew from the table: it may be missing, or of an older copy of the folder."""
        publish(store, data / "erased.json")
        return cls(Book(data / "erased.json"), store)

    def __call__(self, lines: list[bytes]) -> list[bytes]:
        if not self.store.embedded and time.monotonic() - self._followed >= FOLLOW_S:
            publish(self.store, self.book.path)
            self._followed = time.monotonic()
        self.book.refresh()
        return self.book.without_erased(lines)


def publish(store: Store, path: Path) -> None:
    """The file, made from the table; left alone where it says the same already.

    Several processes may do so at once. Each reads the table while it keeps the others out: the last to write knows the most.
    """
    with sole_writer(path):
        text = msgspec.json.encode([Tombstone(**row) for row in store.rows(load("tracker", "erasures"))])
        if not path.exists() or path.read_bytes() != text:
            replace(path, text)


def bury(store: Store, path: Path, stones: Iterable[Tombstone], erased_ms: int) -> None:
    """Into the table, then into the file: from now on the door and the writer leave these people out."""
    rows = [
        {"site": stone.site, "kind": stone.kind, "digest": stone.digest, "from_at": stone.from_ms / 1000, "until_at": stone.until_ms / 1000,
         "erased_at": erased_ms / 1000}
        for stone in stones
    ]  # fmt: skip
    store.insert("erasures", b"\n".join(map(msgspec.json.encode, rows)))
    publish(store, path)
