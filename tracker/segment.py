"""A segment: a file of groups. The format, the names, and what is done to a file that is not as it was left.

in   files of a spool directory
out  groups of lines; sealed segments; what cannot be read lies in quarantine/, and nothing raises because of it
A segment is `NAME.open` while it grows and `NAME.seg` once sealed; a sealed one never changes. The word `#group` is version 1 of the format:
another version begins with another word, so this one moves its files aside instead of misreading them.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker.files import DISK, Files, write_all

MAGIC = b"#group "
HEADER_BYTES = len(b"#group 00000000 00000000\n")
HEADER_STARTS = re.compile(rb"#(g(r(o(u(p( ([0-9a-f]{1,8}|[0-9a-f]{8} [0-9a-f]{0,8})?)?)?)?)?)?)?")
NAME = re.compile(r"[0-9]+-[0-9a-f]+\.(open|seg)")

log = logging.getLogger("tracker.spool")


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
    """Every group of a segment in order. What is not sound is given with sound=False, from where it starts to the next sound group or the end.

    Zeros at the end were only filled in ahead; a segment of nothing else has lost what it held.
    """
    data = data.rstrip(b"\0") or data
    at = lost = 0
    while at < len(data):
        body = body_at(data, at)
        if body is None:
            after = data.find(MAGIC, at + 1)
            at = len(data) if after < 0 else after
            continue
        if lost < at:
            yield Group(lost, at, data[lost:at], False)
        lost = at + HEADER_BYTES + len(body)
        yield Group(at, lost, body, True)
        at = lost
    if lost < len(data):
        yield Group(lost, len(data), data[lost:], False)


def body_at(data: bytes, at: int) -> bytes | None:
    length = length_at(data, at)
    start = at + HEADER_BYTES
    if length is None or start + length > len(data):
        return None
    body = data[start : start + length]
    return body if data[at:start] == header_of(body) else None


def length_at(data: bytes, at: int) -> int | None:
    try:
        return int(data[at + len(MAGIC) : at + len(MAGIC) + 8], 16)
    except ValueError:
        return None


def is_torn(piece: bytes) -> bool:
    """Whether this end of a file is a group whose writing was cut short: then nothing in it was promised."""
    if len(piece) < HEADER_BYTES:
        return HEADER_STARTS.fullmatch(piece) is not None or not piece.strip(b"\0")
    length = length_at(piece, 0) if piece.startswith(MAGIC) else None
    return not piece.strip(b"\0") or (length is not None and HEADER_BYTES + length > len(piece))


def new_name() -> str:
    """Sorts by time; never used twice, because it becomes part of a deduplication token."""
    return f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}"


def sealed(directory: Path, files: Files = DISK) -> list[Path]:
    """Sealed segments, oldest first."""
    return [directory / name for name in ours(directory, ".seg", files)]


def ours(directory: Path, ending: str, files: Files) -> list[str]:
    return sorted(name for name, is_file in files.listing(directory) if is_file and name.endswith(ending) and NAME.fullmatch(name))


def backlog_bytes(directory: Path, files: Files = DISK) -> int:
    total = 0
    for name in (*ours(directory, ".seg", files), *ours(directory, ".open", files)):
        try:
            total += files.size(directory / name)
        except FileNotFoundError:  # the writer was faster
            continue
    return total


def seal(path: Path, files: Files = DISK) -> None:
    files.rename(path, path.with_suffix(".seg"))
    files.fsync_directory(path.parent)


def recover(directory: Path, files: Files = DISK) -> list[Path]:
    """After a crash: each segment left open is sealed, each file that only looks like a segment moved aside. Sealed ones are not read.

    Returns those the disk would not let it mend: still `.open`, to be tried again.
    """
    failed = []
    for name, is_file in sorted(files.listing(directory)):
        if not name.endswith((".open", ".seg")):
            continue
        path = directory / name
        try:
            if not (is_file and NAME.fullmatch(name)):
                set_aside(path, files)
            elif name.endswith(".open"):
                recover_segment(path, files)
        except OSError as error:
            log.error("%s cannot be recovered now (%s); it stays where it is", path, error.strerror)
            failed += [path] if name.endswith(".open") else []
    return failed


def recover_segment(path: Path, files: Files = DISK, promised: int | None = None) -> None:
    """Seal what was left open, up to what was promised; who does not know any more how much that is, leaves out a torn tail.

    It is never synced again: every group that was promised has been, and no other need be.
    Damage in the middle stays: whoever reads the sealed segment skips it and keeps it in quarantine/.
    """
    try:
        data = files.read(path)
    except FileNotFoundError:  # sealed before, and only the directory was not synced
        return
    found = list(groups(data))
    if promised is None:
        promised = end_of_promises(found)
    if promised == 0:
        files.unlink(path)
    elif not any(group.sound for group in found) or path.with_suffix(".seg").name in ours(path.parent, ".seg", files):
        set_aside(path, files)
    else:
        if lost := len(data[promised:].rstrip(b"\0")):
            log.warning("%s: its last %d bytes were never acknowledged and are cut off", path.name, lost)
        if promised < len(data):
            cut(path, promised, files)
        seal(path, files)


def end_of_promises(found: list[Group]) -> int:
    """Where the torn tail begins. A file of nothing but zeros is no torn tail: it is kept."""
    if not found:
        return 0
    last = found[-1]
    torn = not last.sound and is_torn(last.body) and (last.start > 0 or last.body.strip(b"\0"))
    return last.start if torn else last.end


def cut(path: Path, size: int, files: Files) -> None:
    fd = files.open_again(path)
    try:
        files.truncate(fd, size)
    finally:
        files.close(fd)


def set_aside(path: Path, files: Files = DISK) -> None:
    """A file no group of which can be read, or a second one of its name: kept as it is, under a name of its own."""
    kept = quarantine_of(path.parent, files) / f"{path.name}.{new_name()}"
    log.error("%s is no segment of this version; it is kept as %s", path, kept)
    files.rename(path, kept)
    files.fsync_directory(kept.parent)


def quarantine(path: Path, group: Group, files: Files = DISK) -> None:
    """Keep what could not be read of a segment, under the segment's name and where it stood; doing it again changes nothing."""
    kept = quarantine_of(path.parent, files) / f"{path.stem}.{group.start}.bad"
    log.error("%s: %d bytes at %d are damaged; they are kept as %s", path.name, len(group.body), group.start, kept)
    fd = files.open_again(kept)
    try:
        files.truncate(fd, 0)
        write_all(fd, group.body, files)
        files.fdatasync(fd)
    finally:
        files.close(fd)
    files.fsync_directory(kept.parent)


def quarantine_of(directory: Path, files: Files) -> Path:
    kept = directory / "quarantine"
    try:
        files.make_directory(kept)
        files.fsync_directory(directory)
    except FileExistsError:
        pass
    return kept
