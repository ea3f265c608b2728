"""What a segment should have left in the database and did not, though the database says that it has it already.

in   the lines, letters or ledger rows of a segment that was sent before, without an answer
out  each of them once, in `events` and in everything its views fill

A plain MergeTree notes a token before it keeps the part: killed between the two, it drops every repetition of what it never had
(docs/decisions/0025-mending.md). So what was sent again is looked for, and what is missing is stored under another token.
Replicated tables keep a part and its token in one step.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from tracker.store import Store, load

log = logging.getLogger("tracker.writer")

AT_ONCE = 500  # lines; their ids travel in the address of a request, which may have a megabyte
VIEWS = ("owner_events", "visitor_days", "links", "event_ids", "arrivals")  # arrivals last: the sessionizer looks again, and finds all of it


class _Key(msgspec.Struct, frozen=True):
    site: str
    visitor_id: str
    event_id: str
    at: float
    customer_id: str = ""

    @property
    def day(self) -> date:
        return datetime.fromtimestamp(self.at, UTC).date()

    @property
    def owner(self) -> str:
        return f"v:{self.visitor_id}" if self.visitor_id else f"c:{self.customer_id}"


def mend_events(store: Store, lines: Sequence[bytes]) -> None:
    if not may_forget(store):
        return
    for first in range(0, len(lines), AT_ONCE):
        batch = lines[first : first + AT_ONCE]
        keys = [msgspec.json.decode(line, type=_Key) for line in batch]
        which = named(keys)
        there = {(row["site"], row["visitor_id"], row["event_id"], row["day"]) for row in store.rows(load("tracker", "mend_events"), **which)}
        missing = [line for line, key in zip(batch, keys, strict=True) if (key.site, key.visitor_id, key.event_id, key.day) not in there]
        mend(store, "events", missing)
        for view in VIEWS:
            store.command(load("tracker", f"mend_{view}"), **which)


def mend_letters(store: Store, segment: str, rows: Sequence[bytes]) -> None:
    if may_forget(store):
        there = Counter((row["line"], row["reason"]) for row in store.rows(load("tracker", "mend_letters"), segment=segment))
        missing = []
        for row in rows:
            letter = msgspec.json.decode(row)
            key = letter["line"], letter["reason"]
            if there[key] == 0:
                missing.append(row)
            there[key] -= 1
        mend(store, "dead_letters", missing)


def mend_ledger(store: Store, segment: str, rows: Sequence[bytes]) -> None:
    if may_forget(store) and store.one(load("tracker", "mend_ledger"), segment=segment) is None:
        mend(store, "ledger", rows)


def may_forget(store: Store) -> bool:
    return store.one(load("tracker", "mend_engine")) is not None


def named(keys: Sequence[_Key]) -> dict[str, Any]:
    return {
        "sites": sorted({key.site for key in keys}), "days": sorted({key.day for key in keys}), "owners": sorted({key.owner for key in keys}),
        "visitors": sorted({key.visitor_id for key in keys}), "ids": sorted({key.event_id for key in keys}),
    }  # fmt: skip


def mend(store: Store, table: str, missing: Sequence[bytes]) -> None:
    """Under a token that nobody has sent."""
    if missing:
        log.warning("%d rows of %s were missing, though the database took them for stored: they are stored now", len(missing), table)
        store.insert(table, b"\n".join(missing), f"mended:{secrets.token_hex(16)}")
