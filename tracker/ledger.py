"""The ledger: what became of every event, counted where it happens and carried to the database with the events themselves.

in   tallies of the door, the API's feeds and the writer
out  one line of a spool group, then rows of the table `ledger`
A tally lies in the same group as the events it counts: after a crash both are there, or neither. So the two equations of docs/guarantees.md
    received = accepted + refused{reason} + dropped{reason}
    accepted = stored + dead{reason} + in_spool
hold over every restart. A body that cannot be read counts as one event. `cut` and `noted` stand beside them: they count texts, and what tags say
about themselves, not events.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, get_args

import msgspec

Outcome = Literal["received", "accepted", "refused", "dropped", "stored", "dead", "cut", "noted"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
Tally = Counter[tuple[str, str, str]]  # (site, outcome, reason) -> events; site '' where none is known, reason '' where none is needed

NOTES = ("second_tag", "price_differs", "dropped", "beacon_refused", "send_failed")  # reasons of `noted`
NOTED_MAX = 10_000  # of one code in one batch

START = b'{"ledger":'


class _Line(msgspec.Struct):
    ledger: list[tuple[str, str, str, int]]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def line(tally: Tally) -> bytes:
    """The tally as one line of a spool group."""
    return _encode(_Line([(*key, events) for key, events in sorted(tally.items()) if events]))


def is_line(spooled: bytes) -> bool:
    """Whether a line of the spool is a tally; every other one is an event, and starts with its site."""
    return spooled.startswith(START)


def tally_of(spooled: bytes) -> Tally:
    return Counter({(site, outcome, reason): events for site, outcome, reason, events in _decode(spooled).ledger})


def noted(site: str, notes: bytes) -> Tally:
    """What a tag says about itself, {code: n}. What is no known code or no number above 0 is passed over; pages are not believed: n is bounded."""
    try:
        told = msgspec.json.decode(notes, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Counter()
    return Counter({(site, "noted", code): n for code in NOTES if (n := sane(told.get(code)))})


def sane(n: object) -> int:
    return 0 if isinstance(n, bool) or not isinstance(n, int | float) else int(max(0, min(n, NOTED_MAX)))


def add(total: Tally, more: Tally) -> None:
    """With its sign (a Counter's own + drops what is below zero): a replay takes its dead letters back."""
    for key, events in more.items():
        total[key] += events
