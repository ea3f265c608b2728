"""The spool: what a 202 rests on. Append, one fsync per group, seal, hand on; knows no ClickHouse.

in   lines (JSON, one event each) and tallies from the door
out  sealed segments (tracker/segment.py), whose names are never used twice
See docs/decisions/0004-spool-and-processes.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker import ledger
from tracker.errors import SpoolFull, Unusable
from tracker.files import DISK, Files, write_all
from tracker.ledger import Tally
from tracker.lock import DirectoryLock, check_owner
from tracker.room import Room
from tracker.segment import HEADER_BYTES, framed, new_name, recover, recover_segment, seal

NOTE_S = 0.8
TEND_S = 1.0
UNSEALED_MAX = 16
BEHIND = 4  # sealed segments that wait: an insert costs the database nearly the same however long it is …
FILL_AFTER, FILL_STEP = 64, 16  # parts of a segment: from when on it is filled ahead, and how far
PATIENT_S = 10.0  # … so a backlog is kept in few long ones
WAITING_MAX_BYTES = 32 * 1024 * 1024  # of requests that wait for a slow disk; more are refused, so that memory stays flat

log = logging.getLogger("tracker.spool")


@dataclass(slots=True)
class Growing:
    """The segment that is written now; `size` is what of it is promised, `filled` how far it has blocks of the disk already."""

    path: Path
    fd: int
    born: float
    size: int = 0
    filled: int = 0


class Waiting(msgspec.Struct):
    lines: list[bytes]
    tally: Tally | None
    told: asyncio.Future[str]  # why it was refused, '' where it was not: an exception kept here would keep its whole request alive


class Spool:
    """The growing end. One event loop appends; all file work happens in one thread of its own.

    `counts` adds up what went wrong: abandoned (segments given up after a failed write), unsealed (seals that had to be tried again).
    Raises Held where another process has the directory, Unusable where it is read-only or another user's.
    """

    def __init__(
        self, directory: Path, *, segment_max_bytes: int, segment_max_ms: int, spool_max_bytes: int, disk_reserve_bytes: int = 0, files: Files = DISK
    ) -> None:
        self.directory, self.files = directory, files
        self.segment_max_bytes = segment_max_bytes
        self.segment_max_s = segment_max_ms / 1000
        self.counts: Counter[str] = Counter()
        check_owner(directory, files)
        self._lock = DirectoryLock(directory, files)
        try:
            self._unsealed: dict[Path, int | None] = dict.fromkeys(recover(directory, files))  # with the size that is promised, where known
            self.room = Room(directory, spool_max_bytes, disk_reserve_bytes, files)
        except OSError as error:
            self._lock.release()
            raise Unusable(directory, f"cannot be read ({error.strerror})", "Check the disk") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._growing: Growing | None = None
        self._handed_on: deque[Path] = deque(maxlen=BEHIND)
        self._tended = 0.0
        self._waiting: list[Waiting] = []
        self._waiting_bytes = 0
        self._noted: Tally = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._is_refusing = self._closed = False

    async def append(self, lines: list[bytes], tally: Tally | None = None) -> None:
        """Returns once lines and tally are on disk, in one group. Raises SpoolFull: then nothing was promised, and the tally is not counted."""
        if self._closed:
            raise SpoolFull("The collector is stopping")
        size = sum(map(len, lines))
        if self._waiting_bytes + size > WAITING_MAX_BYTES and self._waiting:
            raise SpoolFull(f"The disk of {self.directory} is slow: {self._waiting_bytes} bytes wait for it")
        self._waiting_bytes += size
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(lines, tally, told))
        self._wake()
        if why := await told:
            raise SpoolFull(why)

    def note(self, tally: Tally) -> None:
        """Counted with the next group, or within a second as a group of its own; while the disk fails it waits."""
        ledger.add(self._noted, tally)
        if self._noted and self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(NOTE_S, self._note_now)

    def _note_now(self) -> None:
        self._timer = None
        self._wake()

    def _wake(self) -> None:
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Write what waits, one fsync for all of it; what comes meanwhile waits for the next round and shares that one."""
        while True:
            group, self._waiting, self._waiting_bytes = self._waiting, [], 0
            noted, self._noted = self._noted, Counter()
            why = ""
            try:
                await self._keep(group, noted)
            except SpoolFull as full:
                why = str(full)
            except Exception as error:
                log.exception("The spool could not write")
                why = f"{self.directory} cannot be written: {error!r}"
            except asyncio.CancelledError:
                self._answer(group, noted, "The collector is stopping")
                raise
            self._answer(group, noted, why)
            if not self._waiting:
                return

    def _answer(self, group: list[Waiting], noted: Tally, why: str) -> None:
        for waiting in group:
            if not waiting.told.done():  # else its request was cancelled
                waiting.told.set_result(why)
        if why:
            self.note(noted)
        if group and bool(why) != self._is_refusing:
            self._is_refusing = bool(why)
            log.error("Events are refused: %s", why) if why else log.warning("Events are taken again")

    async def _keep(self, group: list[Waiting], noted: Tally) -> None:
        """Event lines first, then what became of them, in one line."""
        tally = Counter(noted)
        for waiting in group:
            if waiting.tally is not None:
                ledger.add(tally, waiting.tally)
        lines = [line for waiting in group for line in waiting.lines]
        if tally:
            lines.append(ledger.line(tally))
        if lines:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, lines, bool(group))

    def _write(self, lines: list[bytes], has_events: bool) -> None:
        if has_events:
            self.room.take(sum(map(len, lines)) + len(lines) + HEADER_BYTES)
        if len(self._unsealed) >= UNSEALED_MAX:
            self._seal_the_rest()
            if len(self._unsealed) >= UNSEALED_MAX:
                raise SpoolFull(f"{self.directory}: {len(self._unsealed)} segments cannot be sealed. Check the disk.")
        data = framed(lines)
        try:
            growing = self._growing = self._growing or self._open()
            self._fill_ahead(growing, len(data))
            write_all(growing.fd, data, self.files)
            self.files.fdatasync(growing.fd)
        except OSError as error:
            self.room.notice(error)
            self._abandon()
            raise SpoolFull(f"{self.directory} cannot be written: {error.strerror}. Free some space or check the disk.") from error
        except BaseException:
            self._abandon()
            raise
        growing.size += len(data)
        if growing.size >= self.segment_max_bytes:
            self._seal()

    def _fill_ahead(self, growing: Growing, more_bytes: int) -> None:
        """To sync what replaces zeros costs half: size and blocks of the file stay, so its directory is not written. Worth it under load only."""
        end = growing.size + more_bytes
        if end > growing.filled and growing.size > self.segment_max_bytes // FILL_AFTER:
            growing.filled = end + self.segment_max_bytes // FILL_STEP
            with contextlib.suppress(OSError):  # then it grows as it is written
                self.files.fill(growing.fd, end, growing.filled - end)

    def _open(self) -> Growing:
        path = self.directory / f"{new_name()}.open"
        growing = self._growing = Growing(path, self.files.open_new(path), time.monotonic())
        self.files.fsync_directory(self.directory)
        return growing

    def _seal(self) -> None:
        """Hand the segment on. Raises nothing: what cannot be renamed now is tried again, and its events are on disk all the while."""
        growing, self._growing = self._growing, None
        if growing is None:
            return
        with contextlib.suppress(OSError):  # zeros at its end are no harm
            if growing.filled:
                self.files.truncate(growing.fd, growing.size)
        with contextlib.suppress(OSError):  # it is synced: closing can lose nothing
            self.files.close(growing.fd)
        self._handed_on.append(growing.path.with_suffix(".seg"))
        try:
            seal(growing.path, self.files)
        except OSError as error:
            self.room.notice(error)
            log.error("%s cannot be sealed now (%s); it is tried again every second", growing.path, error.strerror)
            self.counts["unsealed"] += 1
            self._unsealed[growing.path] = growing.size

    def _abandon(self) -> None:
        """After a failed write or fsync a file is never written or synced again: its pages may be marked clean without being on disk.

        What was refused is cut off, so that it is not delivered behind its sender's back; what was promised before goes on.
        """
        growing, self._growing = self._growing, None
        if growing is None:
            return
        self.counts["abandoned"] += 1
        with contextlib.suppress(OSError):
            self.files.close(growing.fd)
        self._unsealed[growing.path] = growing.size
        self._seal_the_rest()

    def _seal_the_rest(self) -> None:
        for path, promised in list(self._unsealed.items()):
            try:
                recover_segment(path, self.files, promised)
                del self._unsealed[path]
            except OSError as error:  # the next second tries again
                self.room.notice(error)

    async def tend(self) -> None:
        """What is due now and then: a segment is handed on when it is old, however small; one that could not be sealed is tried again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._tend)

    def _tend(self) -> None:
        self._tended = time.monotonic()
        if self._is_old():
            self._seal()
        self._seal_the_rest()
        with contextlib.suppress(OSError):  # whoever appends is told
            self.room.look()

    def check_room(self) -> None:
        """For other threads. Raises SpoolFull where another segment has no room."""
        try:
            self._thread.submit(self.room.check, self.segment_max_bytes).result()
        except RuntimeError:
            raise SpoolFull("The collector is stopping") from None

    def _is_old(self) -> bool:
        growing = self._growing  # the other thread may put another one there meanwhile
        if growing is None or (age_s := time.monotonic() - growing.born) < self.segment_max_s:
            return False
        return age_s >= PATIENT_S or not self._writer_is_behind()

    def _writer_is_behind(self) -> bool:
        if len(self._handed_on) < BEHIND:
            return False
        try:
            return self.files.size(self._handed_on[0]) > 0
        except OSError:  # mostly because it is gone
            return False

    async def seal_when_old(self, stop: asyncio.Event) -> None:
        """Runs until stop: hands segments on by their age, and mends what failed."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.segment_max_s / 3)
            if self._is_old() or time.monotonic() - self._tended > TEND_S:
                await self.tend()

    async def close(self) -> None:
        """Answers what waits, writes what was noted, seals, lets go of the directory."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._flusher is not None:
            await asyncio.wait([self._flusher])
        await self._flush()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        self._thread.shutdown()
        self._lock.release()

    def _end(self) -> None:
        self._seal()
        self._seal_the_rest()
        self.room.let_go()
