"""The writer: a sealed segment becomes one INSERT, then it is unlinked.

in   *.seg of one or more spool directories
out  rows in `events`; a line the database will not take stands alone in `dead_letters`, with its reason
The deduplication token names exactly these rows for ever, so dying anywhere and starting again repeats nothing.
"""

from __future__ import annotations

import logging
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker.errors import StoreDown, StoreRefused
from tracker.segment import groups, quarantine, sealed
from tracker.store import Store

log = logging.getLogger("tracker.writer")

POLL_S = 0.03
BACK_OFF_MAX_S = 30.0


@dataclass(slots=True)
class Drained:
    segments: int = 0
    rows: int = 0
    dead: int = 0


class Writer:
    """Runs in a thread of its own until `stop`; `stored` is called after each INSERT that brought rows."""

    def __init__(self, store: Store, directories: Sequence[Path], stored: Callable[[], None] = lambda: None) -> None:
        self.store, self.directories, self.stored = store, directories, stored
        self.total = Drained()

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Drains for ever; while the database is down it waits ever longer and the segments stay where they are."""
        wait_s = POLL_S
        while True:
            stopping = stop.is_set()
            beat()
            try:
                self.drain()
                wait_s = POLL_S
            except StoreDown as error:
                wait_s = min(max(wait_s * 2, 0.5), BACK_OFF_MAX_S)
                log.warning("The database does not answer (%s); trying again in %.1f s. Nothing is lost: the spool keeps it.", error, wait_s)
            if stopping or (stop.wait(wait_s) and wait_s > POLL_S):
                return

    def drain(self) -> Drained:
        """Every sealed segment into `events`, oldest first. Raises StoreDown: files are kept, call again."""
        now = Drained()
        for directory in self.directories:
            if not directory.is_dir():
                continue
            for path in sealed(directory):
                rows, dead = self.move(path)
                now.segments, now.rows, now.dead = now.segments + 1, now.rows + rows, now.dead + dead
        self.total.segments += now.segments
        self.total.rows += now.rows
        self.total.dead += now.dead
        return now

    def move(self, path: Path) -> tuple[int, int]:
        """One segment: (rows stored, lines dead)."""
        bodies = []
        for group in groups(path.read_bytes()):
            if group.sound:
                bodies.append(group.body)
            else:
                quarantine(path, group)
        lines = b"".join(bodies).splitlines(keepends=True)
        dead = self.insert(lines, path.stem) if lines else 0
        path.unlink()
        if lines:
            self.stored()
        return len(lines) - dead, dead

    def insert(self, lines: list[bytes], segment: str) -> int:
        """Insert; what is refused is halved until the bad line stands alone. Returns how many lines died."""
        body = b"".join(lines)
        try:
            self.store.insert("events", body, token=f"{segment}:{len(lines)}:{zlib.crc32(body):08x}")
        except StoreRefused as refused:
            if len(lines) == 1:
                self.bury(lines[0], segment, refused)
                return 1
            middle = len(lines) // 2
            return self.insert(lines[:middle], segment) + self.insert(lines[middle:], segment)
        return 0

    def bury(self, line: bytes, segment: str, refused: StoreRefused) -> None:
        site = ""
        try:
            site = str(msgspec.json.decode(line)["site"])
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            log.warning("A line of %s is no JSON object", segment)
        text = line.decode(errors="replace")
        letter = {"site": site, "reason": f"code_{refused.code}", "message": str(refused), "segment": segment, "line": text}
        self.store.insert("dead_letters", msgspec.json.encode(letter), token=f"dead:{segment}:{zlib.crc32(line):08x}")
        log.warning("A line of %s went to the dead letters: %s", segment, refused)
