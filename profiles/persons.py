"""What is stored about a person: handed out, or deleted (DESIGN.md 3.6).

Deleting rewrites the parts of the tables that hold the person's rows and waits until that is done. What still lies in the spool is not
reached from here; `tracker forget` will do that too.
"""

from __future__ import annotations

from collections.abc import Iterator

from profiles import answers_people as people
from profiles import carts, customers, sessions
from profiles.answers_event import Event, event
from profiles.deps import Deps
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import load

PAGE = 5000
TABLES = ("events", "owner_events", "arrivals", "visitor_days", "links", "sessions", "carts", "visitors", "customers")


def export(deps: Deps, site: Site, customer_id: str) -> people.Export | None:
    profile = customers.customer(deps, site, customer_id)
    if profile is None:
        return None
    now_ms = deps.clock.now_ms()
    visitor_ids = [visitor.visitor_id for visitor in profile.visitors]
    rows = sessions.of_visitors(deps.store, site, sessions.Wanted(customer_id=customer_id, limit=1_000_000), now_ms, visitor_ids)
    return people.Export(
        customer_id=customer_id, site=site.name, exported_at=iso(now_ms), profile=profile, sessions=sessions.profiles(deps, site, rows),
        carts=[cart for page in carts.pages(deps.store, site, carts.Wanted(customer_id=customer_id), now_ms) for cart in page],
        events=list(events(deps, site, customer_id, visitor_ids)),
    )  # fmt: skip


def events(deps: Deps, site: Site, customer_id: str, visitor_ids: list[str]) -> Iterator[Event]:
    at_ms, event_id = 0, ""
    while True:
        rows = deps.store.rows(
            load("profiles", "person_events"), site=site.name, customer_id=customer_id, visitor_ids=visitor_ids,
            cursor_ms=at_ms, cursor_id=event_id, limit=PAGE,
        )  # fmt: skip
        yield from map(event, rows)
        if len(rows) < PAGE:
            return
        at_ms, event_id = rows[-1]["at_ms"], rows[-1]["event_id"]


def erase(deps: Deps, site: Site, customer_id: str) -> people.Erased | None:
    """Every row of the customer and of the customer's visitors, in every table. None where there is nobody of that id."""
    row = deps.store.one(load("profiles", "customer_row"), site=site.name, customer_id=customer_id)
    if row is None:
        return None
    who = {"site": site.name, "customer_id": customer_id, "visitor_ids": row["visitor_ids"]}
    deleted: dict[str, int] = {}
    for table in TABLES:
        counted = deps.store.rows(load("profiles", f"count_{table}"), **who)[0]
        deleted[table] = counted["rows"]
        if counted["rows"]:
            deps.store.command(load("profiles", f"erase_{table}"), **who)
    return people.Erased(customer_id, row["visitor_ids"], deleted)
