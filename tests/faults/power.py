"""The power-loss model: what a disk may hold when the power goes, if only what was synced is sure (docs/guarantees.md, no. 6).

in   the operations of a spool, in their order
out  states of the disk: at any point of that order, what was not synced is there, is not, or is there in part
A file's bytes are sure after fdatasync of it, its name after fsync of its directory. What is not sure may come in any order:
each file is at any of the names it has had since, or at none; each of its writes is there, missing, alone missing, or there by some of its sectors.
"""

from __future__ import annotations

import errno
import itertools
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.disk import Disk
from tests.faults.promises import Promises
from tracker.files import Entry, Files

SECTOR = 512


Change = tuple[int, bytes] | int  # what was written where; or the size it was cut to


@dataclass(slots=True)
class Inode:
    """`sure`: its bytes when it was last synced; `since`: what was done to it afterwards. `names`: the sure one, then all later ones; None = none."""

    names: list[Path | None]
    is_directory: bool = False
    sure: bytes = b""
    since: list[Change] = field(default_factory=list)

    def contents(self) -> Iterator[bytes]:
        """Every content this file may have now; the full one comes first."""
        full = self.sure
        for change in self.since:
            full = applied(full, change)
        yield full
        data = self.sure
        for change in self.since:
            yield data
            after = applied(data, change)
            if not isinstance(change, int):
                yield from partly(data, *change)
            data = after
        for left_out in [None, *self.since]:  # one change came last of all to the disk; or nothing was cut off
            data = self.sure
            for change in self.since:
                data = data if change is left_out or (left_out is None and isinstance(change, int)) else applied(data, change)
            yield data


def applied(data: bytes, change: Change) -> bytes:
    if isinstance(change, int):
        return data[:change]
    at, written = change
    return data[:at].ljust(at, b"\0") + written + data[at + len(written) :]


def partly(before: bytes, at: int, written: bytes) -> Iterator[bytes]:
    """A write that reached the disk in part: only its first sectors or its last ones, none of it but its length, or all but one sector.

    Where it did not reach, there is what was there before; zeros, where nothing was.
    """
    whole = applied(before, (at, written))
    old = before.ljust(len(whole), b"\0")
    yield old
    for sector in range(at // SECTOR * SECTOR, at + len(written), SECTOR):
        first, last = max(sector, at), min(sector + SECTOR, at + len(written))
        yield whole[:first] + before[first:]
        yield whole[:first] + old[first:]
        yield whole[:first] + old[first:last] + whole[last:]
        yield old[:first] + whole[first:]


State = dict[Path, bytes | None]  # None: a directory


class Memory(Files):
    """A disk that is a state: thousands of them are recovered in a moment."""

    def __init__(self, state: State) -> None:
        self.state = dict(state)
        self.paths: dict[int, Path] = {}

    def make_directory(self, path: Path) -> None:
        if path in self.state:
            raise FileExistsError(path)
        self.state[path] = None

    def open_again(self, path: Path) -> int:
        self.state.setdefault(path, b"")
        self.paths[len(self.paths)] = path
        return len(self.paths) - 1

    def write(self, fd: int, data: memoryview) -> int:
        self.state[self.paths[fd]] = self._bytes(self.paths[fd]) + bytes(data)
        return len(data)

    def truncate(self, fd: int, size: int) -> None:
        self.state[self.paths[fd]] = self._bytes(self.paths[fd])[:size]

    def close(self, fd: int) -> None: ...

    def fdatasync(self, fd: int) -> None: ...

    def fsync_directory(self, directory: Path) -> None: ...

    def rename(self, old: Path, new: Path) -> None:
        self.state[new] = self.state.pop(old)

    def unlink(self, path: Path) -> None:
        del self.state[path]

    def read(self, path: Path) -> bytes:
        return self._bytes(path)

    def listing(self, directory: Path) -> list[Entry]:
        return [Entry(path.name, data is not None) for path, data in self.state.items() if path.parent == directory]

    def _bytes(self, path: Path) -> bytes:
        data = self.state.get(path)
        if data is None:
            raise FileNotFoundError(path)
        return data


@dataclass(slots=True)
class Moment:
    """The disk and the promises between two operations."""

    inodes: list[Inode]
    promises: Promises


class Powered(Disk):
    """Follows every operation on what lies below `base`; `moments` holds the time before each, and `now()` the last."""

    def __init__(self, base: Path, promises: Promises) -> None:
        self.base, self.promises = base, promises
        self.inodes: list[Inode] = []
        self.by_fd: dict[int, Inode] = {}
        self.position: dict[int, int] = {}
        self.moments: list[Moment] = []
        self.fails_at = 0  # the number of the moment whose operation fails

    def before(self, name: str, *args: Any) -> None:
        if name in CHANGES:
            self.moments.append(self.now())
            if len(self.moments) == self.fails_at:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    def now(self) -> Moment:
        told = self.promises
        inodes = [Inode(list(i.names), i.is_directory, i.sure, list(i.since)) for i in self.inodes if i.names != [None]]
        return Moment(inodes, Promises(set(told.acknowledged), set(told.refused), set(told.issued), dict(told.delivered)))

    def at(self, path: Path) -> Inode | None:
        return next((inode for inode in self.inodes if inode.names[-1] == path), None)

    def after(self, name: str, result: Any, *args: Any) -> None:
        change = CHANGES.get(name)
        if change is not None:
            change(self, result, *args)

    def made(self, result: Any, path: Path) -> None:
        if self.base in path.parents:
            self.inodes.append(Inode([None, path], is_directory=True))

    def opened(self, fd: int, path: Path) -> None:
        inode = self.at(path)
        if inode is None:
            inode = Inode([None, path])
            self.inodes.append(inode)
        self.by_fd[fd], self.position[fd] = inode, 0

    def wrote(self, taken: int, fd: int, data: memoryview) -> None:
        self.by_fd[fd].since.append((self.position[fd], bytes(data[:taken])))
        self.position[fd] += taken

    def zeroed(self, result: Any, fd: int, at: int, size: int) -> None:
        self.by_fd[fd].since.append((at, bytes(size)))

    def cut(self, result: Any, fd: int, size: int) -> None:
        if size < len(next(self.by_fd[fd].contents())):
            self.by_fd[fd].since.append(size)

    def synced(self, result: Any, fd: int) -> None:
        inode = self.by_fd[fd]
        inode.sure, inode.since = next(inode.contents()), []

    def moved(self, result: Any, old: Path, new: Path) -> None:
        self.gone(None, new)
        inode = self.at(old)
        assert inode is not None
        inode.names.append(new)

    def gone(self, result: Any, path: Path) -> None:
        inode = self.at(path)
        if inode is not None:
            inode.names.append(None)

    def directory_synced(self, result: Any, directory: Path) -> None:
        for inode in self.inodes:
            last = next((name for name in reversed(inode.names) if name is not None), None)
            if last is not None and last.parent == directory:
                del inode.names[:-1]


class PoweredMemory(Powered, Memory):
    """Recovery on a state, followed: the power may go once more."""

    def __init__(self, base: Path, promises: Promises, state: State) -> None:
        Powered.__init__(self, base, promises)
        Memory.__init__(self, state)
        self.inodes = [Inode([path], data is None, data or b"") for path, data in state.items()]


CHANGES: dict[str, Callable[..., None]] = {
    "make_directory": Powered.made, "open_new": Powered.opened, "open_again": Powered.opened, "write": Powered.wrote, "fill": Powered.zeroed,
    "truncate": Powered.cut, "fdatasync": Powered.synced,
    "rename": Powered.moved, "unlink": Powered.gone, "fsync_directory": Powered.directory_synced,
}  # fmt: skip


def states(moment: Moment, limit: int, chance: random.Random) -> Iterator[State]:
    """Every state of this moment, or `limit` of them picked by chance; nothing-is-there and all-is-there always."""
    choices = [[(name, data) for name in inode.names for data in dict.fromkeys(inode.contents())] for inode in moment.inodes]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count <= limit:
        picked: Iterator[tuple[tuple[Path | None, bytes], ...]] = itertools.product(*choices)
    else:
        extremes = [tuple(choice[0] for choice in choices), tuple(choice[-1] for choice in choices)]
        picked = itertools.chain(extremes, (tuple(chance.choice(choice) for choice in choices) for _ in range(limit - 2)))
    for state in picked:
        found: State = {}
        for inode, (name, data) in zip(moment.inodes, state, strict=True):
            if name is not None:
                found[name] = None if inode.is_directory else data
        yield {name: data for name, data in found.items() if is_reachable(name, found, moment)}


def is_reachable(name: Path, found: State, moment: Moment) -> bool:
    """Whether the folders on the way to it are there as well."""
    folders = {path for inode in moment.inodes if inode.is_directory for path in inode.names if path is not None}
    return all(parent in found for parent in name.parents if parent in folders)


def key(state: State, promises: Promises) -> int:
    return hash((frozenset(state.items()), frozenset(promises.acknowledged), tuple(sorted(promises.delivered))))
