"""The spool: what a 202 rests on. Append, one fsync per group, seal, recover; knows no ClickHouse.

in   lines (JSON, one event each) from the door
out  sealed segments: groups of lines, each group behind a header with its length and CRC-32, in files whose names are never used twice
A segment is `NAME.open` while it grows and `NAME.seg` once sealed; a sealed one never changes. See docs/decisions/0004-spool-and-processes.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tracker.errors import Held, SpoolError, SpoolFull

MAGIC = b"#group "
HEADER_BYTES = len(b"#group 00000000 00000000\n")
FREE_MIN_BYTES = 64 * 1024 * 1024


def framed(lines: list[bytes]) -> bytes:
    """One group as it stands on disk: `#group LENGTH CRC\\n`, both as 8 hex digits, then the lines."""
    body = b"\n".join(lines) + b"\n"
    return header_of(body) + body


def header_of(body: bytes) -> bytes:
    return MAGIC + b"%08x %08x\n" % (len(body), zlib.crc32(body))


@dataclass(frozen=True, slots=True)
class Group:
    start: int
    end: int
    body: bytes  # lines, each ending in a newline
    sound: bool


def groups(data: bytes) -> Iterator[Group]:
    """Every group of a segment in order. What is not sound is given with sound=False, from where it starts to the next header or the end."""
    at = 0
    while at < len(data):
        body = body_at(data, at)
        if body is not None:
            yield Group(at, at + HEADER_BYTES + len(body), body, True)
            at += HEADER_BYTES + len(body)
        else:
            after = data.find(MAGIC, at + 1)
            end = len(data) if after < 0 else after
            yield Group(at, end, data[at:end], False)
            at = end


def body_at(data: bytes, at: int) -> bytes | None:
    header = data[at : at + HEADER_BYTES]
    try:
        length = int(header[7:15], 16)
    except ValueError:
        return None
    body = data[at + HEADER_BYTES : at + HEADER_BYTES + length]
    return body if len(body) == length and header == header_of(body) else None


class DirectoryLock:
    """One process per directory; the file tells who it is."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file: IO[str] = open(directory / "lock", "a+")  # noqa: SIM115 - held until release
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            text = self._file.read().strip()
            self._file.close()
            raise Held(directory, int(text) if text.isdigit() else None) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def fsync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def new_name() -> str:
    """Sorts by time; never used twice, because it becomes part of a deduplication token."""
    return f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}"


class Spool:
    """The growing end. One event loop appends; all file work happens in one thread of its own.

    Raises Held where another process has the directory.
    """

    def __init__(self, directory: Path, *, segment_max_bytes: int, segment_max_ms: int, spool_max_bytes: int) -> None:
        self.directory = directory
        self.segment_max_bytes = segment_max_bytes
        self.segment_max_s = segment_max_ms / 1000
        self.spool_max_bytes = spool_max_bytes
        self._lock = DirectoryLock(directory)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._fd: int | None = None
        self._path: Path | None = None
        self._size = 0
        self._born = 0.0
        self._backlog_bytes = 0
        self._measured = -1e9
        self._free_bytes = 0
        self._waiting: list[tuple[list[bytes], asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._closed = False
        recover(directory)

    async def append(self, lines: list[bytes]) -> None:
        """Returns once the lines are on disk. Raises SpoolFull or SpoolError: then nothing was promised."""
        if self._closed:
            raise SpoolFull("The collector is stopping")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, done))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        """Write what waits, one fsync for all of it; what comes meanwhile waits for the next round and shares that one."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            data = framed([line for lines, _ in group for line in lines])
            error: Exception | None = None
            try:
                await loop.run_in_executor(self._thread, self._write, data)
            except SpoolError as failed:
                error = failed
            for _, done in group:
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    def _write(self, data: bytes) -> None:
        self.check_room(len(data))
        try:
            if self._fd is None:
                self._open()
            assert self._fd is not None
            write_all(self._fd, data)
            os.fdatasync(self._fd)
        except OSError as error:
            self._abandon()
            raise SpoolFull(f"{self.directory} cannot be written: {error.strerror}. Free some space or check the disk.") from error
        self._size += len(data)
        if self._size >= self.segment_max_bytes:
            self._seal()

    def check_room(self, more_bytes: int = 0) -> None:
        """Raises SpoolFull above the high-water mark or where the disk is nearly full; measured at most once a second."""
        now = time.monotonic()
        if now - self._measured > 1.0:
            self._measured = now
            self._backlog_bytes = backlog_bytes(self.directory)
            status = os.statvfs(self.directory)
            self._free_bytes = status.f_bavail * status.f_frsize
        self._backlog_bytes += more_bytes
        self._free_bytes -= more_bytes
        if self._backlog_bytes > self.spool_max_bytes or self._free_bytes < FREE_MIN_BYTES:
            self._measured = -1e9
            state = f"holds {self._backlog_bytes} bytes and {self._free_bytes} are free"
            raise SpoolFull(f"The spool {self.directory} {state}: the database is behind, or the disk is full")

    def _open(self) -> None:
        self._path = self.directory / f"{new_name()}.open"
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fsync_directory(self.directory)
        self._size, self._born = 0, time.monotonic()

    def _seal(self) -> None:
        if self._fd is None or self._path is None:
            return
        os.close(self._fd)
        path, self._fd, self._path = self._path, None, None
        seal(path)

    def _abandon(self) -> None:
        """After a failed write or fsync the file is never written again: its pages may be marked clean without being on disk."""
        if self._fd is not None:
            os.close(self._fd)
        path, self._fd, self._path = self._path, None, None
        if path is not None:
            with contextlib.suppress(OSError):  # left as .open, the next start recovers it
                recover_segment(path)

    async def seal_when_old(self, stop: asyncio.Event) -> None:
        """Runs until stop: a segment is handed on when it is old, however small."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.segment_max_s / 3)
            if self._fd is not None and time.monotonic() - self._born >= self.segment_max_s:
                await loop.run_in_executor(self._thread, self._seal_quietly)

    def _seal_quietly(self) -> None:
        with contextlib.suppress(OSError):  # a failed rename or directory fsync loses nothing: the file is found at the next start
            self._seal()

    async def close(self) -> None:
        """Answers what waits, seals, lets go of the directory."""
        self._closed = True
        if self._flusher is not None:
            await self._flusher
        await asyncio.get_running_loop().run_in_executor(self._thread, self._seal_quietly)
        self._thread.shutdown()
        self._lock.release()


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def seal(path: Path) -> None:
    path.rename(path.with_suffix(".seg"))
    fsync_directory(path.parent)


def sealed(directory: Path) -> list[Path]:
    """Sealed segments, oldest first."""
    with os.scandir(directory) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.name.endswith(".seg"))


def backlog_bytes(directory: Path) -> int:
    total = 0
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith((".seg", ".open")):
                with contextlib.suppress(FileNotFoundError):  # the writer was faster
                    total += entry.stat().st_size
    return total


def recover(directory: Path) -> int:
    """After a crash: each segment left open loses its torn tail and is sealed. Returns how many there were."""
    left = sorted(directory.glob("*.open"))
    for path in left:
        recover_segment(path)
    return len(left)


def recover_segment(path: Path) -> None:
    data = path.read_bytes()
    end = max((group.end for group in groups(data) if group.sound), default=0)
    if end == 0:
        if data:
            quarantine(path, data)
        path.unlink()
        return
    if end < len(data):
        quarantine(path, data[end:])
        with open(path, "r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
    seal(path)


def quarantine(path: Path, data: bytes) -> None:
    """Keep what could not be read, beside the spool, under the segment's name."""
    directory = path.parent / "quarantine"
    directory.mkdir(exist_ok=True, mode=0o700)
    with open(directory / path.with_suffix(".bad").name, "ab") as out:
        out.write(data)
