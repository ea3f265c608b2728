"""The conservation oracle of one spool (docs/guarantees.md): what was acknowledged is there, nothing else is, nothing twice, and all is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tracker import ledger
from tracker.errors import SpoolFull
from tracker.files import DISK, Files
from tracker.ledger import Tally
from tracker.segment import framed, groups, quarantine, sealed
from tracker.spool import Spool

RECEIVED, ACCEPTED, REFUSED = (("shop", outcome, "") for outcome in ("received", "accepted", "refused"))


def opened(directory: Path, files: Files = DISK, **settings: int) -> Spool:
    """A spool whose segments hold two or three groups, and are old as soon as they are there."""
    small = {"segment_max_bytes": 700, "segment_max_ms": 0, "spool_max_bytes": 10_000_000, "disk_reserve_bytes": 4096}
    return Spool(directory, files=files, **{**small, **settings})


def read(path: Path, files: Files = DISK) -> list[bytes]:
    """The lines of a segment, as the writer reads it."""
    lines = []
    for group in groups(files.read(path)):
        if group.sound:
            lines += group.body.splitlines()
        else:
            quarantine(path, group, files)
    return lines


def group_of(lines: list[bytes]) -> bytes:
    """As the spool writes it: the lines and what became of them."""
    return framed([*lines, ledger.line(Tally({RECEIVED: len(lines), ACCEPTED: len(lines)}))])


@dataclass
class Promises:
    """Every line is told once; `noted` counts tallies given without lines. `delivered`: segment -> lines, as a writer took them."""

    acknowledged: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    issued: set[bytes] = field(default_factory=set)
    delivered: dict[str, list[bytes]] = field(default_factory=dict)
    noted: int = 0

    def lines(self, count: int = 3, size: int = 30) -> list[bytes]:
        told = [b"line-%06d-" % (len(self.issued) + n) + b"x" * size for n in range(count)]
        self.issued.update(told)
        return told

    async def append(self, box: Spool, count: int = 3, size: int = 30) -> bool:
        """One request of so many lines; whether it was acknowledged. A refusal is noted, as the door does."""
        lines = self.lines(count, size)
        try:
            await box.append(lines, Tally({RECEIVED: count, ACCEPTED: count}))
        except SpoolFull:
            self.refused.update(lines)
            self.note(box)
            return False
        self.acknowledged.update(lines)
        return True

    def note(self, box: Spool) -> None:
        box.note(Tally({RECEIVED: 1, REFUSED: 1}))
        self.noted += 1

    def group(self) -> bytes:
        """A group that was acknowledged in an earlier life."""
        lines = self.lines()
        self.acknowledged.update(lines)
        return group_of(lines)

    def take(self, directory: Path, files: Files = DISK) -> None:
        """As the writer does: read, keep, unlink."""
        for path in sealed(directory, files):
            self.delivered[path.name] = read(path, files)
            files.unlink(path)

    def verdict(self, directory: Path, files: Files = DISK, *, refused_may_be_there: bool = False, all_noted: bool = True, once: bool = True) -> None:
        """After recovery: acknowledged ⊆ there ⊆ issued, nothing twice, every line counted in its own group."""
        kept = {path.name: read(path, files) for path in sealed(directory, files)}
        for name, lines in kept.items():
            assert not once or self.delivered.get(name, lines) == lines, f"{name} came back with other lines, so under another token"
        there = [line for lines in {**self.delivered, **kept}.values() for line in lines]
        tallies = [ledger.tally_of(line) for line in there if ledger.is_line(line)]
        events = [line for line in there if not ledger.is_line(line)]
        assert sorted(self.acknowledged - set(events))[:5] == [], "acknowledged and lost"
        assert sorted(set(events) - self.issued)[:5] == [], "nobody ever sent these"
        assert not once or len(events) == len(set(events)), "a line is there twice"
        assert sum(tally[ACCEPTED] for tally in tallies) == len(events), "the ledger counts another number of events"
        assert all(tally[RECEIVED] == tally[ACCEPTED] + tally[REFUSED] for tally in tallies)
        assert not all_noted or sum(tally[REFUSED] for tally in tallies) == self.noted, "the ledger counts another number of refusals"
        assert refused_may_be_there or not self.refused & set(events), "refused, and there all the same"
