"""Pulls: the people of a program's list, divided into cells and frozen. The same pull gives the same rows for ever.

in   a campaign that is on, one of its programs, the members of its list
out  a row of `pulls`, rows of `pull_rows`; what was pulled, page by page

The list is read once, into pull_candidates; one statement picks, divides and freezes; the row of `pulls` comes last. A crash before it leaves rows
that no pull names, and the next attempt begins anew.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from profiles import answers
from profiles.campaigns.model import Program
from profiles.cells import POINTS, cell_of, point_of
from profiles.lists import Member
from profiles.problems import not_found
from tracker.clock import ms_of_iso
from tracker.mending import may_forget
from tracker.outbox import name_of
from tracker.sites import Site
from tracker.store import Row, Store, load

EVERYBODY = 2**32 - 1
PAGE = 5000
ONE_BY_ONE = threading.Lock()  # a pull reads a whole list; two at a time would only hinder each other


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be pulled. `key` '' = a new pull; else the same key gives the same pull."""

    campaign_id: str
    program: Program
    list_version: int
    key: str
    by: str
    now_ms: int


@dataclass(slots=True)
class Tally:
    found: int = 0
    suppressed: int = 0


# --- making ------------------------------------------------------------------------------------------------------------------


def make(store: Store, site: Site, order: Order, members: Iterable[Sequence[Member]]) -> Row:
    """`members` are read only where there is no such pull yet."""
    program_id = order.program.program_id
    pull_id = id_of(site, program_id, order.key) if order.key else f"pl_{secrets.token_hex(16)}"
    with ONE_BY_ONE:
        made = found(store, site, program_id, pull_id)
        return made or freeze(store, site, order, pull_id, members)


def id_of(site: Site, program_id: str, key: str) -> str:
    return "pl_" + name_of((site.name, program_id, key))


def freeze(store: Store, site: Site, order: Order, pull_id: str, members: Iterable[Sequence[Member]]) -> Row:
    attempt, tally = secrets.token_hex(8), Tally()
    try:
        for batch in members:
            store.insert("pull_candidates", b"\n".join(candidates(site, order.program, attempt, batch, tally)))
        pick(store, site, order, pull_id, attempt)
    finally:
        store.command(load("profiles.campaigns", "clear_candidates"), site=site.name, attempt=attempt)
    note(store, site, order, pull_id, attempt, tally)
    return one(store, site, order.program.program_id, pull_id)


def candidates(site: Site, program: Program, attempt: str, members: Iterable[Member], tally: Tally) -> Iterator[bytes]:
    """Who may be handed out and is in the sample, each with the cell the salt says."""
    names, shares = [cell.name for cell in program.cells], [cell.share for cell in program.cells]
    limit, is_sampled = POINTS * (program.sample.percent or 100) / 100, bool(program.sample.percent or program.sample.people)
    for member in members:
        tally.found += 1
        tally.suppressed += bool(member.suppressed)
        mark = point_of(f"{program.salt}/sample", member.person) if is_sampled else 0
        if not member.suppressed and mark < limit:
            cell = names[cell_of(program.salt, member.person, shares)]
            yield candidate(site, program, attempt, member, cell, mark)


def candidate(site: Site, program: Program, attempt: str, member: Member, cell: str, mark: int) -> bytes:
    value, currency = member.value or 0, member.currency or ""
    is_preferred = program.keep == "most_valuable" and currency == site.currency  # amounts of several currencies have no order
    return msgspec.json.encode({
        "site": site.name, "attempt": attempt, "person": member.person, "customer_id": member.customer_id or "", "visitor_ids": member.visitor_ids,
        "subject": member.subject, "subject_id": member.id, "value": value, "currency": currency, "cell": cell, "mark": mark,
        "preferred": value if is_preferred else 0, "at": ms_of_iso(member.at) / 1000 if member.at else 0, "doc": answers.encode(member).decode(),
    })  # fmt: skip


def pick(store: Store, site: Site, order: Order, pull_id: str, attempt: str) -> None:
    program = order.program
    store.command(
        load("profiles.campaigns", "freeze"), site=site.name, program_id=program.program_id, pull_id=pull_id, attempt=attempt,
        campaign_id=order.campaign_id, list_id=program.list_id, pulled_ms=order.now_ms, cells=[cell.name for cell in program.cells],
        codes=[cell.response_code or "" for cell in program.cells], hold_out=program.hold_out.name if program.hold_out else "",
        people=program.sample.people or EVERYBODY,
    )  # fmt: skip


def note(store: Store, site: Site, order: Order, pull_id: str, attempt: str, tally: Tally) -> None:
    """Two processes that make the same pull at a time: the first one's row counts, as the pull's id is the token."""
    program_id = order.program.program_id
    rows = store.rows(load("profiles.campaigns", "frozen"), site=site.name, program_id=program_id, pull_id=pull_id, attempt=attempt)[0]
    row = {
        "site": site.name, "program_id": program_id, "pull_id": pull_id, "attempt": attempt, "campaign_id": order.campaign_id,
        "list_id": order.program.list_id, "list_version": order.list_version, "pulled_at": order.now_ms / 1000, "by": order.by, "found": tally.found,
        "suppressed": tally.suppressed,
    }  # fmt: skip
    body = msgspec.json.encode(row | rows)
    store.insert("pulls", body, pull_id)
    if may_forget(store) and found(store, site, program_id, pull_id) is None:
        store.insert("pulls", body, f"{pull_id}:{attempt}")


# --- reading -----------------------------------------------------------------------------------------------------------------


def of_programs(store: Store, site: Site, program_ids: Sequence[str], pull_id: str = "") -> list[Row]:
    """The newest first."""
    if not program_ids:
        return []
    return store.rows(load("profiles.campaigns", "pulls"), site=site.name, program_ids=list(program_ids), pull_id=pull_id)


def pulled_programs(store: Store, site: Site, program_ids: Sequence[str]) -> frozenset[str]:
    return frozenset(row["program_id"] for row in of_programs(store, site, program_ids))


def found(store: Store, site: Site, program_id: str, pull_id: str) -> Row | None:
    return next(iter(of_programs(store, site, [program_id], pull_id)), None)


def one(store: Store, site: Site, program_id: str, pull_id: str) -> Row:
    row = found(store, site, program_id, pull_id)
    if row is None:
        raise not_found("pull", pull_id)
    return row


def by_key(store: Store, site: Site, program_id: str, key: str) -> Row | None:
    return found(store, site, program_id, id_of(site, program_id, key)) if key else None


def rows(store: Store, site: Site, pull: Row, after: int, limit: int) -> list[Row]:
    """Those handed out, in order, from the one after `after`."""
    where = {"site": site.name, "program_id": pull["program_id"], "pull_id": pull["pull_id"], "attempt": pull["attempt"]}
    return store.rows(load("profiles.campaigns", "pull_rows"), **where, after=after, limit=limit)


def pages(store: Store, site: Site, pull: Row) -> Iterator[list[Row]]:
    """All of them, so that a long pull needs no more memory than a short one."""
    after = 0
    while page := rows(store, site, pull, after, PAGE):
        yield page
        after = page[-1]["row"]
