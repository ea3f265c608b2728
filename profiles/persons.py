"""What is stored about a person, handed out as one document (docs/privacy.md). Erasing: profiles/erasing.py.

in   a customer's or a visitor's id
out  Export, VisitorExport; None where there is nobody of that id
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from profiles import answers_people as people
from profiles import cart_history, carts, corrections, customers, sessions
from profiles.answers_event import Event, event
from profiles.deps import Deps
from profiles.person import Person, letters, of_customer, of_visitor
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, load

PAGE = 5000
ALL = 1_000_000


def export(deps: Deps, site: Site, customer_id: str) -> people.Export | None:
    profile = customers.customer(deps, site, customer_id)
    if profile is None:
        return None
    person = of_customer(deps.store, site, customer_id)
    return people.Export(customer_id=customer_id, site=site.name, profile=profile, **everything(deps, person))


def export_visitor(deps: Deps, site: Site, visitor_id: str) -> people.VisitorExport | None:
    profile = customers.visitor(deps, site, visitor_id)
    told = people.VisitorExport(visitor_id=visitor_id, site=site.name, profile=profile, **everything(deps, of_visitor(site, visitor_id)))
    return told if profile or told.events or told.dead_letters else None


def everything(deps: Deps, person: Person) -> dict[str, Any]:
    now_ms, site = deps.clock.now_ms(), person.site
    wanted = sessions.Wanted(customer_id=person.customer_id, limit=ALL)
    rows = sessions.of_visitors(deps.store, site, wanted, now_ms, person.everywhere)
    which = carts.Wanted(customer_id=person.customer_id, visitor_id="" if person.customer_id else person.visitor_ids[0])
    own_carts = [cart for page in carts.pages(deps.store, site, which, now_ms) for cart in page]
    return {
        "exported_at": iso(now_ms), "sessions": sessions.profiles(deps, site, rows),
        "carts": own_carts, "cart_history": cart_history.of(deps.store, site, [cart.cart_id for cart in own_carts]),
        "events": list(events(deps, person)),
        "corrections": [correction(row) for row in corrections.of_person(deps.store, person, [row["session_id"] for row in rows])],
        "contacts": [contact(row) for row in contacts(deps, person)],
        "rule_matches": [rule_met(row) for row in asked_of(deps, person, "person_rule_matches")],
        "messages": [message_told(row) for row in asked_of(deps, person, "person_messages")],
        "dead_letters": [people.DeadLetter(iso(row["at_ms"]), row["reason"], row["message"], row["line"]) for row in letters(deps.store, person)],
    }  # fmt: skip


def correction(row: Row) -> people.Correction:
    return people.Correction(row["session_id"], row["label"] or None, row["by"], iso(row["at_ms"]))


def contacts(deps: Deps, person: Person) -> list[Row]:
    return asked_of(deps, person, "person_contacts")


def asked_of(deps: Deps, person: Person, name: str) -> list[Row]:
    whom = {"customer_id": person.customer_id, "visitor_ids": list(person.visitor_ids), "shared": list(person.shared)}
    return deps.store.rows(load("profiles", name), site=person.site.name, **whom)


def message_told(row: Row) -> people.MessageTold:
    return people.MessageTold(row["message_id"], row["type"], iso(row["at_ms"]), row["told"], row["taken_by"])


def rule_met(row: Row) -> people.RuleMet:
    ids = (row["rule_id"], row["subject"], row["subject_id"], row["cell"])
    return people.RuleMet(iso(row["at_ms"]), *ids, not row["cell"], row["response_code"], row["suppressed"], row["action"], row["target"], row["why"])


def contact(row: Row) -> people.Contact:
    ids = (row["campaign_id"], row["program_id"], row["list_id"], row["pull_id"])
    return people.Contact(iso(row["at_ms"]), *ids, row["cell"], row["held_out"], row["response_code"], msgspec.json.decode(row["doc"]))


def events(deps: Deps, person: Person) -> Iterator[Event]:
    at_ms, event_id = 0, ""
    while True:
        rows = deps.store.rows(
            load("profiles", "person_events"), site=person.site.name, customer_id=person.customer_id, visitor_ids=person.everywhere,
            cursor_ms=at_ms, cursor_id=event_id, limit=PAGE,
        )  # fmt: skip
        yield from (event(row) for row in rows if person.owns(row["visitor_id"], row["customer_id"], row["at_ms"]))
        if len(rows) < PAGE:
            return
        at_ms, event_id = rows[-1]["at_ms"], rows[-1]["event_id"]
