"""The dead letters: lines that were acknowledged and that the database would not take. Told, and tried again once the cause is mended.

in   the table `dead_letters`, a spool directory
out  what there is, by reason; or a sealed segment of the same lines with the same event ids, in whose ledger line they are no longer dead
A replay is a small commit in two files, each step of which may be the last before a crash (docs/decisions/0009-ledger.md):
    NAME.letters     which letters they are; by itself it means nothing
    NAME.replaying   the segment. From here on it will happen: the letters are deleted, and only then …
    NAME.seg         … the writer may see it. NAME.letters goes last
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tracker import ledger
from tracker.clock import iso
from tracker.files import DISK, Files, make_directories, write_all
from tracker.ledger import Tally
from tracker.segment import framed, new_name
from tracker.store import Row, Store, load

BATCH = 2_000

log = logging.getLogger("tracker.dead_letters")

_one_at_a_time = threading.Lock()


class _Letters(msgspec.Struct):
    keys: list[int]


def summary(store: Store, site: str = "", reason: str = "", limit: int = 1_000) -> list[Row]:
    return store.rows(load("tracker", "dead_summary"), site=site, reason=reason, limit=limit)


def shown(letters: list[Row]) -> list[dict[str, Any]]:
    """As people and programs are told."""
    return [
        {
            "site": row["site"], "reason": row["reason"], "count": row["count"], "first": iso(row["first_ms"]), "last": iso(row["last_ms"]),
            "message": row["message"], "line": row["line"],
        }
        for row in letters
    ]  # fmt: skip


def replay(store: Store, directory: Path, site: str = "", reason: str = "", files: Files = DISK) -> int:
    """All letters there are now, of one site or one reason where it is named. Returns how many lines are on their way."""
    with _one_at_a_time:
        make_directories(directory, files)
        _finish(store, directory, files)
        replayed, named = 0, {"site": site, "reason": reason}
        until_ms = max((row["last_ms"] for row in summary(store, site, reason)), default=0)  # what dies again meanwhile waits for the next replay
        while letters := store.rows(load("tracker", "dead_take"), **named, until_ms=until_ms, limit=BATCH):
            replayed += sum(letter["copies"] for letter in letters)
            _commit(directory, letters, files)
            _finish(store, directory, files)
        return replayed


def finish(store: Store, directory: Path, files: Files = DISK) -> None:
    """Ends what a crash has interrupted. Called by the writer before it drains a spool."""
    with _one_at_a_time:
        _finish(store, directory, files)


def _commit(directory: Path, letters: Sequence[Row], files: Files) -> None:
    name = new_name()
    tally: Tally = Counter()
    for letter in letters:
        tally[letter["site"], "dead", letter["reason"]] -= letter["copies"]
    lines = [letter["line"].encode() for letter in letters for _ in range(letter["copies"])]
    _write(directory / f"{name}.letters", msgspec.json.encode(_Letters([letter["key"] for letter in letters])), files)
    _write(directory / f"{name}.half", framed([*lines, ledger.line(tally)]), files)
    files.rename(directory / f"{name}.half", directory / f"{name}.replaying")
    files.fsync_directory(directory)


def _finish(store: Store, directory: Path, files: Files) -> None:
    found = {name for name, is_file in files.listing(directory) if is_file}
    for name in sorted(found):
        path = directory / name
        if path.suffix == ".replaying":
            store.command(load("tracker", "dead_remove"), keys=_letters_of(path, files).keys)
            with contextlib.suppress(FileNotFoundError):  # another process has finished it meanwhile
                files.rename(path, path.with_suffix(".seg"))
            files.fsync_directory(directory)
    for name in sorted(found):
        if name.endswith((".letters", ".half")):
            with contextlib.suppress(FileNotFoundError):
                files.unlink(directory / name)


def _letters_of(path: Path, files: Files) -> _Letters:
    try:
        return msgspec.json.decode(files.read(path.with_suffix(".letters")), type=_Letters)
    except (FileNotFoundError, msgspec.MsgspecError):
        log.error("%s: the list of its letters is gone. Its events are stored; the letters stay, and may be tried again", path)
        return _Letters([])


def _write(path: Path, data: bytes, files: Files) -> None:
    fd = files.open_new(path)
    try:
        write_all(fd, data, files)
        files.fdatasync(fd)
    finally:
        files.close(fd)
