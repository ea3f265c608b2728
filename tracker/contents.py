"""What a sealed segment holds: its events, and what became of the others.

in   the bytes of a segment
out  event lines without their newline, the tallies of its ledger lines added up, the damaged pieces
A group ends in a ledger line; one without is older than the ledger, and its events count as received and accepted by now.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from tracker import ledger
from tracker.ledger import Tally, add
from tracker.segment import Group, groups

HOUR_S = 3600

Sieve = Callable[[list[bytes]], list[bytes]]  # lines without those of erased people

log = logging.getLogger("tracker.writer")
_SITE = re.compile(rb'\{"site":"([a-z0-9-]*)"')  # how EventRow writes it


@dataclass(slots=True)
class Contents:
    lines: list[bytes] = field(default_factory=list)
    tally: Tally = field(default_factory=Counter)
    damaged: list[Group] = field(default_factory=list)


def contents(data: bytes) -> Contents:
    found = Contents()
    for group in groups(data):
        if not group.sound:
            found.damaged.append(group)
            continue
        lines = group.body.removesuffix(b"\n").split(b"\n")
        told = [line for line in lines if ledger.is_line(line)]
        events = [line for line in lines if line and not ledger.is_line(line)] if told else [line for line in lines if line]
        found.lines += events
        for line in told:
            try:
                add(found.tally, ledger.tally_of(line))
            except msgspec.MsgspecError as error:
                log.error("A tally is not understood (%s): is it of a newer version? Its events are stored, its counts are lost", error)
        if not told:
            add(found.tally, admitted(events))
    return found


def leave_out_erased(found: Contents, sieve: Sieve) -> None:
    """Nothing of an erased person goes further; how many lines that were is counted."""
    kept = sieve(found.lines)
    if len(kept) < len(found.lines):
        gone = sites_of(found.lines)
        gone.subtract(sites_of(kept))
        found.lines = kept
        for site, events in gone.items():
            found.tally[site, "dead", "erased"] += events


def admitted(lines: Iterable[bytes]) -> Tally:
    """Each line received and accepted, by its site."""
    sites = sites_of(lines)
    return Counter({(site, outcome, ""): events for site, events in sites.items() for outcome in ("received", "accepted")})


def sites_of(lines: Iterable[bytes]) -> Counter[str]:
    return Counter(site_of(line) for line in lines)


def site_of(line: bytes) -> str:
    """The site a row names first; '' where the line is no row."""
    found = _SITE.match(line)
    if found:
        return found[1].decode()
    try:
        return str(msgspec.json.decode(line)["site"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError, IndexError):
        return ""


def hour_s(segment: str) -> int:
    """The hour in a segment's name, in seconds: a repetition makes the same ledger rows."""
    start = segment.split("-", 1)[0]
    seconds = int(start) // 1_000_000_000 if start.isdigit() else 0
    return seconds - seconds % HOUR_S
