"""Erasing a person: everything of theirs goes, in the database and beside it, and nothing comes back (docs/privacy.md).

in   a customer, or a browser
out  no rows; a tombstone that names nobody (tracker/erasure.py); a line in `erasure_log`

A browser that only this customer used goes wholly. Of one that others were identified on too, the events of this customer's time go, and the
others' sessions are added up anew. Deleting rewrites the parts that hold the person; the ids stand in a table in memory meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from profiles.answers_people import Erased
from profiles.person import Person, letters, mentions, of_customer, of_visitor
from tracker import offers_file, shared_file, tombstones
from tracker.clock import Clock
from tracker.erasure import Kind, Tombstone, digest
from tracker.sites import Site
from tracker.store import Row, Store, load

TABLES = (
    "events", "event_ids", "owner_events", "arrivals", "visitor_days", "links", "crossed", "purpose_corrections", "sessions", "carts", "visitors",
    "customers", "stream", "stages_told", "pull_rows", "pull_candidates", "rule_matches", "deliveries", "messages", "dead_letters",
)  # fmt: skip


@dataclass(frozen=True)
class Eraser:
    """`settle` returns when what was acknowledged by now is in the tables and added up; under `quiet` nobody adds up.

    `data` and `spools` hold files to look through. `rounds_s`: where others write and add up in their own time, delete, wait and delete again.
    """

    store: Store
    clock: Clock
    data: Path
    spools: Sequence[Path] = ()
    settle: Callable[[], None] = lambda: None
    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext
    rounds_s: Sequence[float] = (0.0,)
    one: threading.Lock = field(default_factory=threading.Lock)

    def erase(self, site: Site, *, customer_id: str = "", visitor_id: str = "", asked_by: str, known_only: bool = False) -> Erased | None:
        """To be repeated where it fails in the middle. None = nobody of that id is stored, and `known_only` was asked."""
        with self.one:
            self.settle()
            person = of_customer(self.store, site, customer_id) if customer_id else of_visitor(site, visitor_id)
            if known_only and not self.knows(person):
                return None
            erased_ms = self.clock.now_ms()
            tombstones.bury(self.store, self.data / "erased.json", stones(person, erased_ms), erased_ms)
            self.settle()  # a segment that passed the sieve before the tombstones were there is stored by then
            deleted: dict[str, int] = {}
            for pause_s in self.rounds_s:
                time.sleep(pause_s)
                with self.quiet():
                    for name, rows in self.delete(person).items():
                        deleted[name] = deleted.get(name, 0) + rows
            deleted |= {"quarantine": self.clear_quarantine(person), "imports": self.clear_imports(person)}
            deleted["offers"] = offers_file.forget(self.data / "offers.json", site.name, person.everywhere)
            self.log(person, asked_by, erased_ms, deleted)
            return Erased(customer_id or None, person.everywhere, deleted)

    def knows(self, person: Person) -> bool:
        with self.forgetting(person):
            return any(self.count(table, person.site.name) for table in TABLES)

    def delete(self, person: Person) -> dict[str, int]:
        site = person.site.name
        with self.forgetting(person):
            counts = {table: self.count(table, site) for table in TABLES}
            for table in (table for table in TABLES if counts[table]):
                self.store.command(load("profiles", f"erase_{table}"), site=site)
            if person.shared:
                for emptied in ("empty_events", "empty_owner_events"):
                    self.store.command(load("profiles", emptied), site=site)
            for told in ("told_days", "told_links", "mark_again"):
                self.store.command(load("profiles", told), site=site)
        return counts

    @contextmanager
    def forgetting(self, person: Person) -> Iterator[None]:
        """The table in memory, filled: whom and what this is about."""
        self.store.command(load("profiles", "forget_done"))
        try:
            self.note("customer", [person.customer_id] if person.customer_id else [])
            self.note("visitor", person.visitor_ids)
            self.note("shared", person.shared)
            self.note("letter", [letter["letter"] for letter in letters(self.store, person)])
            site = person.site.name
            now_ms = self.clock.now_ms()
            for visitor_id, from_ms, until_ms in person.stretches:
                stretch = {"from_ms": from_ms, "until_ms": min(until_ms, now_ms)}
                self.store.command(load("profiles", "forget_events"), "", site=site, visitor_id=visitor_id, **stretch)
            for more in ("forget_carts", "forget_profiles", "forget_neighbours", "forget_messages"):
                self.store.command(load("profiles", more), site=site)
            yield
        finally:
            self.store.command(load("profiles", "forget_done"))

    def note(self, kind: str, ids: Any) -> None:
        self.store.insert("forgetting", b"\n".join(msgspec.json.encode({"kind": kind, "id": each}) for each in ids))

    def count(self, table: str, site: str) -> int:
        """The very condition of the deletion, asked."""
        asked = load("profiles", f"erase_{table}").replace("ALTER TABLE", "SELECT count() AS rows FROM").replace("DELETE WHERE", "WHERE")
        return int(self.store.rows(asked, site=site)[0]["rows"])

    def log(self, person: Person, asked_by: str, erased_ms: int, deleted: dict[str, int]) -> None:
        kind = "customer" if person.customer_id else "visitor"
        row = {"site": person.site.name, "at": erased_ms / 1000, "kind": kind, "asked_by": asked_by, "deleted": msgspec.json.encode(deleted).decode()}
        self.store.insert("erasure_log", msgspec.json.encode(row | {"visitors": len(person.visitor_ids) + len(person.shared)}))

    def entries(self, site: str) -> list[Row]:
        return self.store.rows(load("profiles", "erasure_log"), site=site)

    def leave_the_disk(self, patience_s: float) -> int:
        """Waits for the parts that are replaced by now: the engine takes them away in the background. Returns how many are left."""
        replaced, deadline = self.replaced_parts(), time.monotonic() + patience_s
        while (left := replaced & self.replaced_parts()) and time.monotonic() < deadline:
            time.sleep(0.25)
        return len(left)

    def replaced_parts(self) -> set[str]:
        return {row["part"] for row in self.store.rows(load("profiles", "parts_left"), tables=list(TABLES))}

    # Beside the database

    def clear_quarantine(self, person: Person) -> int:
        """Damaged pieces of segments that mention the person: nobody can take one line out of them, so they go."""
        names = [name.encode() for name in mentions(person)]
        pieces = [piece for spool in self.spools for piece in (spool / "quarantine").glob("*") if piece.is_file()]
        found = [piece for piece in pieces if any(name in piece.read_bytes() for name in names)]
        for piece in found:
            piece.unlink()
        return len(found)

    def clear_imports(self, person: Person) -> int:
        """What an import remembers of lines it refused may quote an id."""
        names = [*([person.customer_id] if person.customer_id else []), *person.visitor_ids]
        found = 0
        for path in (self.data / "imports").glob("*.json"):
            state = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            quoting = [each for each in state.get("examples", []) if any(name in str(each.get("message", "")) for name in names)]
            if quoting:
                shared_file.replace(path, msgspec.json.encode(state | {"examples": [each for each in state["examples"] if each not in quoting]}))
                found += len(quoting)
        return found


def stones(person: Person, erased_ms: int) -> list[Tombstone]:
    site = person.site.name

    def stone(kind: Kind, name: str, from_ms: int = 0, until_ms: int = erased_ms) -> Tombstone:
        return Tombstone(site, kind, digest(site, kind, name), from_ms, min(until_ms, erased_ms))

    return [
        *([stone("customer", person.customer_id)] if person.customer_id else []),
        *(stone("visitor", visitor_id) for visitor_id in person.visitor_ids),
        *(stone("visitor", visitor_id, from_ms, until_ms) for visitor_id, from_ms, until_ms in person.stretches),
    ]
