"""The writer: a sealed segment becomes rows, then it is unlinked.

in   *.seg of one or more spool directories
out  rows in `events`; lines the database will not take, each with its reason in `dead_letters`; what became of all of them in `ledger`
In this order, each under a token that follows from the segment (tracker/delivery.py), so dying anywhere and starting again repeats nothing;
and what the database lost of it in dying itself is found missing and stored (tracker/mending.py).
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracker.contents import Sieve, contents, leave_out_erased
from tracker.dead_letters import finish
from tracker.delivery import Delivery
from tracker.errors import StoreDown, StoreError, StoreMisfit, StoreRefused
from tracker.files import DISK, Files
from tracker.in_flight import InFlight
from tracker.segment import quarantine, sealed
from tracker.store import DATA, Store

log = logging.getLogger("tracker.writer")

POLL_S = 0.03
BACK_OFF_MIN_S = 0.5
BACK_OFF_MAX_S = 60.0
STOPPING_S = 3.0  # for a last round; the supervisor waits 9 for everything


@dataclass(slots=True)
class Drained:
    segments: int = 0
    rows: int = 0
    dead: int = 0

    def __iadd__(self, more: Drained) -> Drained:
        self.segments, self.rows, self.dead = self.segments + more.segments, self.rows + more.rows, self.dead + more.dead
        return self


@dataclass(slots=True)
class Trouble:
    """Why the writer waits: `failures` in a row; `needs_a_person` where waiting alone will not help."""

    failures: int = 0
    message: str = ""
    needs_a_person: bool = False


@dataclass(slots=True)
class Held:
    """A segment that failed while others went through: it waits by itself."""

    failures: int = 0
    until: float = 0.0


@dataclass(slots=True)
class Doubt:
    """A refusal that names no fault of a row: believed once the database has taken something else in between."""

    rows_by_then: dict[str, int] = field(default_factory=dict)

    def believe(self, refused: StoreRefused, segment: str, rows: int) -> None:
        if refused.code in DATA or rows > self.rows_by_then.setdefault(segment, rows):
            return
        raise StoreMisfit(f"{refused}. It is tried again once the database has taken other events", refused.code)


class Writer:
    """Runs in a thread of its own until `stop`; `stored` is called when a segment's events are stored, before they are counted.

    `settling` is held while a segment's ledger rows are stored and its file goes away: who counts both takes it too.
    `sieve` leaves out the lines of erased people; they count as dead, and nothing of them is kept.
    """

    def __init__(
        self, store: Store, directories: Sequence[Path], stored: Callable[[], None] = lambda: None, *,
        sieve: Sieve = lambda lines: lines, files: Files = DISK, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.store, self.directories, self.stored, self.sieve, self.files, self.now = store, directories, stored, sieve, files, now
        self.settling = threading.Lock()
        self.total, self.trouble, self.doubt = Drained(), Trouble(), Doubt()
        self._held: dict[Path, Held] = {}
        self._in_flight: dict[Path, InFlight] = {}
        self._to_finish: dict[Path, float] = {}
        self._stop, self._stop_by = threading.Event(), 0.0

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Drains until `stop`, and then once more for a moment; while the database is down it waits ever longer and the segments stay."""
        self._stop = stop
        while True:
            stopping = stop.is_set()
            beat()
            wait_s = POLL_S
            try:
                self.drain()
            except (StoreError, OSError):
                wait_s = back_off_s(self.trouble.failures)
                log.log(logging.ERROR if self.trouble.needs_a_person else logging.WARNING, "%s; trying again in %.1f s", self.trouble.message, wait_s)
            if stopping or (stop.wait(wait_s) and wait_s > POLL_S):
                return

    def drain(self) -> Drained:
        """Every sealed segment, oldest first. Raises what stood in the way: files are kept, call again.

        A segment that fails is passed over; where the events of a next one are stored, it was that segment's own fault, and it waits by
        itself. Where a next one fails as well, it is the database.
        """
        try:
            self.begin()
            now = self.drain_all()
        except Exception as error:
            self.note(error)
            raise
        self.trouble = Trouble()
        return now

    def drain_all(self) -> Drained:
        now = Drained()
        failed: tuple[Path, Exception] | None = None
        for path in self.ready():
            if self.is_late():
                break
            try:
                moved = self.move(path)
            except Exception as error:
                if failed is not None:
                    raise
                failed = (path, error)
                continue
            now += moved
            self._held.pop(path, None)
            if failed is not None and moved.rows:
                self.hold(*failed)
                failed = None
        if failed is not None:
            raise failed[1]
        return now

    def is_late(self) -> bool:
        """Whether it is asked to stop and has gone on for long enough; the next start finds what is left."""
        if not self._stop.is_set():
            return False
        self._stop_by = self._stop_by or self.now() + STOPPING_S
        return self.now() > self._stop_by

    def ready(self) -> Iterator[Path]:
        self._held = {path: held for path, held in self._held.items() if path.exists()}
        for directory in self.directories:
            if directory in self._in_flight:
                for path in self._in_flight[directory].order(sealed(directory, self.files)):
                    if path not in self._held or self._held[path].until <= self.now():
                        yield path

    def begin(self) -> None:
        """Once for each spool: what the last process has left unfinished. A replay that cannot be finished now holds up no event."""
        for directory in self.directories:
            if directory not in self._in_flight and directory.is_dir():
                self._in_flight[directory] = InFlight(directory)
                self._to_finish[directory] = self.now()
        for directory, due in list(self._to_finish.items()):
            if due <= self.now():
                try:
                    finish(self.store, directory, self.files)
                    del self._to_finish[directory]
                except (StoreError, OSError) as error:
                    log.warning("A replay of dead letters in %s cannot be finished yet: %s", directory, error)
                    self._to_finish[directory] = self.now() + BACK_OFF_MAX_S

    def hold(self, path: Path, error: Exception) -> None:
        held = self._held.setdefault(path, Held())
        held.failures += 1
        wait_s = back_off_s(held.failures)
        held.until = self.now() + wait_s
        log.error("%s fails while others go through (%s); it is tried again in %.0f s and holds up nothing", path.name, error, wait_s)

    def note(self, error: Exception) -> None:
        misfit = isinstance(error, StoreMisfit)
        what = "A segment cannot be written"
        if isinstance(error, StoreDown):
            what = "The database needs a person" if misfit else "The database does not answer"
        elif isinstance(error, OSError):
            what = "A segment cannot be read or removed"
        self.trouble = Trouble(self.trouble.failures + 1, f"{what} ({error}). Nothing is lost: the spool keeps it", misfit)

    @property
    def held(self) -> int:
        """Segments that wait by themselves."""
        return len(self._held)

    def move(self, path: Path) -> Drained:
        """One segment. Whatever it raises, the segment is still there, and doing it again does no harm."""
        in_flight = self._in_flight[path.parent]
        found = contents(self.files.read(path))
        for group in found.damaged:
            quarantine(path, group, self.files)
        leave_out_erased(found, self.sieve)
        delivery = Delivery(
            self.store, path.stem, found, lambda refused: self.doubt.believe(refused, path.name, self.total.rows), again=in_flight.was_tried(path)
        )
        in_flight.begin(path)
        try:
            if in_flight.is_given_up(path) and self.total.rows:
                delivery.bury_all("crashed", f"The process died {in_flight.crashes[path.name]} times while it stored this segment, and stored others")
            else:
                delivery.store_events()
                if delivery.lines:
                    self.stored()
            delivery.store_letters()
            with self.settling:
                delivery.store_ledger()
                self.files.unlink(path)
        finally:
            in_flight.end(path)
        return self.done(delivery)

    def done(self, delivery: Delivery) -> Drained:
        dead = len(delivery.letters)
        moved = Drained(1, len(delivery.lines) - dead, dead)
        self.total += moved
        if delivery.letters:
            log.warning("%d lines of %s went to the dead letters (%s): tracker dead", dead, delivery.segment, delivery.letters[0].reason)
        return moved


def back_off_s(failures: int) -> float:
    """Doubles from half a second to a minute, less up to a quarter, so that many writers do not come back at once."""
    whole: float = min(BACK_OFF_MIN_S * 2 ** min(failures - 1, 20), BACK_OFF_MAX_S)
    return whole * random.uniform(0.75, 1.0)  # noqa: S311 - no secret
