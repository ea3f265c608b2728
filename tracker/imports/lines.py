"""A file as lines: plain or gzip, each line with its number and the byte offset behind it.

A line longer than LINE_MAX is not held in memory: it comes as a fault.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from tracker.errors import BadInput
from tracker.event import Unfit
from tracker.vocabularies.draft import Record

LINE_MAX = 1024 * 1024
BOM = b"\xef\xbb\xbf"


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def lines(path: Path, digest: Digest | None = None, until: int | None = None) -> Iterator[Record]:
    """Raises BadInput where the file as a whole cannot be read. `until` leaves out what was appended since the first look."""
    try:
        with gzip.open(path) if is_packed(path) else path.open("rb") as file:
            yield from _lines(file, digest, until)  # type: ignore[arg-type]  # GzipFile reads like any binary file
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} cannot be read: {error}. Is it complete? Nothing behind the damage was imported.") from error


def _lines(file: IO[bytes], digest: Digest | None, until: int | None) -> Iterator[Record]:
    after, number = 0, 0
    while line := file.readline(LINE_MAX + 1):
        if until is not None and after >= until:
            return
        number += 1
        after += len(line)
        if digest is not None:
            digest.update(line)
        if number == 1:
            line = _first(line)
        if len(line) <= LINE_MAX:
            yield Record(number, after, line.rstrip(b"\r\n"))
            continue
        start = line[:256]
        while line and not line.endswith(b"\n"):
            line = file.readline(LINE_MAX)
            after += len(line)
            if digest is not None:
                digest.update(line)
        yield Record(number, after, start, fault=Unfit("line_too_long", f"This line is longer than {LINE_MAX} bytes"))


def _first(line: bytes) -> bytes:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("The file is UTF-16. Save it as UTF-8 and import that.")
    return line.removeprefix(BOM)
