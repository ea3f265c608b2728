"""What the company says of a customer beside what was observed: stage, attributes, consent.

in   a row of `customers`; the log-ins, consents and CRM updates it was made of
out  a fact per line with both words, and whether they agree
The profile merges them, of each fact the later word; here one sees whose word it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from profiles import lifecycle, sessions
from profiles.answers_people import Compared, ComparedList
from profiles.deps import Deps
from profiles.operations import Call, Operation
from profiles.problems import not_found
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, load

UNNAMED_PURPOSE = "tracking"  # as the sessionizer takes a consent that names none


@dataclass(frozen=True, slots=True)
class Word:
    value: Any
    at: str


Words = dict[str, Word]


def compare_customer(call: Call) -> ComparedList:
    customer_id = call.path["customer_id"]
    row = call.deps.store.one(load("profiles", "customer_row"), site=call.site.name, customer_id=customer_id)
    if row is None:
        raise not_found("customer", customer_id)
    return ComparedList(of_row(call.deps, call.site, customer_id, row["visitor_ids"], sessions.life(row)))


def of_row(deps: Deps, site: Site, customer_id: str, visitor_ids: Iterable[str], life: lifecycle.Life) -> list[Compared]:
    owners = [f"c:{customer_id}", *(f"v:{visitor_id}" for visitor_id in visitor_ids)]
    said = deps.store.rows(load("profiles", "customer_said"), site=site.name, customer_id=customer_id, owners=owners)
    company, observed = words(said)
    stage = lifecycle.lifecycle(lifecycle.Life(life.registered_ms, life.orders_ms), deps.rhythms.of(site.name), deps.clock.now_ms())
    observed["lifecycle"] = Word(stage.stage, stage.since)
    if life.crm_stage:
        company["lifecycle"] = Word(life.crm_stage, iso(life.crm_ms))
    names = sorted(company.keys() | observed.keys(), key=lambda name: (name != "lifecycle", name))
    return [compared(name, company.get(name), observed.get(name)) for name in names]


def words(said: Iterable[Row]) -> tuple[Words, Words]:
    """The company's and the browsers', of each fact the latest."""
    company: Words = {}
    observed: Words = {}
    for row in said:
        props, at = msgspec.json.decode(row["props"] or "{}"), iso(row["at_ms"])
        if row["type"] == "identify":
            observed |= named("attributes", props.get("traits"), at)
        elif row["type"] == "customer_update":
            company |= named("attributes", props.get("attributes"), at) | named("consent", props.get("consent"), at)
        elif props.get("state") in ("granted", "denied"):
            purposes = props.get("purposes") or [UNNAMED_PURPOSE]
            observed |= named("consent", dict.fromkeys(purposes, props["state"] == "granted"), at)
    return company, observed


def named(group: str, values: Any, at: str) -> Words:
    return {f"{group}.{name}": Word(value, at) for name, value in values.items()} if isinstance(values, dict) else {}


def compared(name: str, company: Word | None, observed: Word | None) -> Compared:
    agrees = None if company is None or observed is None else company.value == observed.value
    return Compared(
        name, company.value if company else None, company.at if company else None, observed.value if observed else None,
        observed.at if observed else None, agrees,
    )  # fmt: skip


COMPARE = Operation(
    "GET", "/v1/customers/{customer_id}/compared", "read", "What the company says of a customer beside what was observed", compare_customer,
    ComparedList, problems=(404,),
)  # fmt: skip
