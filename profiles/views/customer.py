"""A customer, and a visitor: where they stand, the flag of the abandoned cart, what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles import claims, comparing
from profiles.answers_people import Compared, Readiness
from profiles.views import ask, phrases
from profiles.views.cart_rows import CartRow, cart_rows
from profiles.views.guard import Call
from profiles.views.people import contactable, life, life_of, stage_since
from profiles.views.render import render, shown
from profiles.views.session_rows import SessionRow, Tile, session_rows
from profiles.views.standing import ClaimRow, DeviceRow, StageRow, claim_rows, devices, percent, ready, stage_name, stages
from profiles.views.words import ago, clean, count, listed, moment, money, sentence, sums
from tracker.store import Row

RECENT = 50


@dataclass(frozen=True, slots=True)
class OrderRow:
    order_id: str
    at_ms: int
    items: str
    value: str
    status: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """'' where a side said nothing. `differs`: both spoke, and not alike."""

    name: str
    company: str
    observed: str
    differs: bool


@dataclass(frozen=True, slots=True)
class CustomerContext:
    customer_id: str = field(metadata=shown("the company's own id of the customer"))
    answer: str = field(metadata=shown("where the customer stands, as a sentence"))
    evidence: list[str] = field(metadata=shown("why we think so"))
    standing_kind: str = field(metadata=shown("how the chip about contacting is drawn"))
    standing: str = field(metadata=shown("whether the customer may be contacted"))
    tiles: list[Tile] = field(metadata=shown("orders, money, sessions, devices"))
    abandoned: CartRow | None = field(metadata=shown("the cart that waits to be called back; None = there is none"))
    carts: list[CartRow] = field(metadata=shown("all carts, the latest first"))
    orders: list[OrderRow] = field(metadata=shown("orders, the latest first"))
    sessions: list[SessionRow] = field(metadata=shown("sessions, the latest first"))
    likely: str = field(metadata=shown("how likely an order within seven days is; '' = too little to go on"))
    likely_evidence: list[str] = field(metadata=shown("why, or what is missing"))
    stages: list[StageRow] = field(metadata=shown("the stages of the life cycle, each with its reason, the latest first"))
    devices: list[DeviceRow] = field(metadata=shown("the browsers we know the customer by, each with its log-ins"))
    facts: list[FactRow] = field(metadata=shown("what the company says of the customer, beside what was observed"))


@dataclass(frozen=True, slots=True)
class VisitorContext:
    visitor_id: str = field(metadata=shown("the browser's id"))
    answer: str = field(metadata=shown("who this is and how often they came, as a sentence"))
    lead: str = field(metadata=shown("device and source, as a sentence"))
    customers: list[str] = field(metadata=shown("customers that logged in on this browser"))
    claims: list[ClaimRow] = field(metadata=shown("as whom this browser was known, when, and why; the oldest first"))
    abandoned: CartRow | None = field(metadata=shown("the cart that was left behind here; None = there is none"))
    carts: list[CartRow] = field(metadata=shown("all carts this browser touched, the latest first"))
    sessions: list[SessionRow] = field(metadata=shown("sessions, the latest first"))


def customer(call: Call) -> Response:
    customer_id = call.request.path_params["customer_id"]
    row = ask.customers(call, [customer_id]).get(customer_id)
    if row is None:
        raise HTTPException(404, "No customer of this site has that id. Customers appear when they log in, order, or are sent by the CRM.")
    stored_carts = ask.carts(call, limit=RECENT, customer_id=customer_id)
    carts = cart_rows(call, stored_carts)
    sessions = ask.sessions(call, limit=RECENT, customer_id=customer_id, status="all")
    found, likely = life(call, row), ready(call, row, stored_carts, sessions)
    consent = decoded(row["consent"])
    kind, standing = phrases.standing(customer_id, {"marketing": contactable(consent)}, ())
    context = CustomerContext(
        customer_id=customer_id,
        answer=f"{clean(customer_id, 60)}: {stage_since(call, found)}",
        evidence=[clean(each) for each in found.evidence],
        standing_kind=kind,
        standing=standing,
        tiles=[ready_tile(likely), *tiles(call, row, sessions)],
        likely="" if likely.score is None else percent(likely.score),
        likely_evidence=[clean(sentence(each)).replace("(-", "(−") for each in likely.evidence],
        abandoned=next((cart for cart in carts if cart.state == "abandoned"), None),
        carts=carts,
        orders=orders(row),
        sessions=session_rows(sessions),
        stages=stages(call, row),
        devices=devices(call, customer_id, row["visitor_ids"], sessions),
        facts=[fact(each) for each in comparing.of_row(call.deps, call.shop, customer_id, row["visitor_ids"], life_of(row))],
    )
    return render(call, "customer.html", context)


def decoded(text: str) -> dict[str, Any]:
    found = msgspec.json.decode(text or "{}")
    return found if isinstance(found, dict) else {}


def fact(found: Compared) -> FactRow:
    group, _, name = found.name.partition(".")
    said = sentence({"lifecycle": "stage", "attributes": clean(name, 60), "consent": f"consent to {clean(name, 60)}"}[group])
    return FactRow(said, worded(group, found.company), worded(group, found.observed), found.agrees is False)


def worded(group: str, value: Any) -> str:
    if value is None:
        return ""
    if group == "consent":
        return "given" if value else "refused"
    if group == "lifecycle":
        return stage_name(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value if isinstance(value, str) else msgspec.json.encode(value).decode(), 200)


def ready_tile(likely: Readiness) -> Tile:
    if likely.score is None:
        return Tile("Order within 7 days", "–", "#readiness", "too little to go on")
    return Tile("Order within 7 days", percent(likely.score), "#readiness", "how likely it is")


def tiles(call: Call, row: Row, sessions: Sequence[Row]) -> list[Tile]:
    kept = [order for order in row["orders"] if order["status"] != "cancelled"]
    latest = max((order["at_ms"] for order in kept), default=None)
    seen = f"the latest {ago(sessions[0]['started_ms'], call.now_ms)}" if sessions else ""
    on = f"on {count(len(row['visitor_ids']), 'device')}" if row["visitor_ids"] else ""
    more = f"at least {len(sessions)}" if len(sessions) == RECENT else f"{len(sessions):,}"
    return [
        Tile("Orders", f"{len(kept):,}", "#orders", f"the latest {ago(latest, call.now_ms)}" if latest is not None else "none yet"),
        Tile("Spent", spent(kept) or "nothing yet", "#orders", "after refunds" if any(order["refunded"] for order in kept) else ""),
        Tile("Sessions", more, "#sessions", ", ".join(part for part in (seen, on) if part)),
    ]


def spent(orders: Sequence[Row]) -> str:
    """After refunds, a figure per currency; '' = nothing."""
    revenue: dict[str, Decimal] = {}
    for order in orders:
        revenue[order["currency"]] = revenue.get(order["currency"], Decimal(0)) + order["value"] - order["refunded"]
    return sums([(value, currency) for currency, value in revenue.items()])


def orders(row: Row) -> list[OrderRow]:
    return [OrderRow(order["order_id"], order["at_ms"], phrases.items(order["items"]), money(order["value"], order["currency"]), said(order))
            for order in sorted(row["orders"], key=lambda order: -order["at_ms"])]  # fmt: skip


def said(order: Row) -> str:
    if order["refunded"]:
        return f"refunded {money(order['refunded'], order['currency'])}"
    return {"placed": "", "updated": "changed later"}.get(order["status"], clean(order["status"], 40))


def visitor(call: Call) -> Response:
    visitor_id = call.request.path_params["visitor_id"]
    sessions = ask.sessions_of(call, [visitor_id], limit=RECENT)
    carts = cart_rows(call, ask.carts(call, limit=RECENT, visitor_id=visitor_id))
    if not sessions and not carts:
        raise HTTPException(404, "No visitor of this site has that id.")
    customers = list(dict.fromkeys(session["customer_id"] for session in sessions if session["customer_id"]))
    context = VisitorContext(
        visitor_id=visitor_id,
        answer=visitor_answer(customers, sessions),
        lead=visitor_lead(call, sessions),
        customers=customers,
        claims=claim_rows(call, claims.by_visitor(call.deps.store, call.shop, [visitor_id]).get(visitor_id, [])),
        abandoned=next((cart for cart in carts if cart.state == "abandoned"), None),
        carts=carts,
        sessions=session_rows(sessions),
    )
    return render(call, "visitor.html", context)


def visitor_answer(customers: list[str], sessions: list[Row]) -> str:
    who = f"The browser of {listed([clean(found, 40) for found in customers], 3)}" if customers else "An anonymous visitor"
    return f"{who}, {count(len(sessions), 'session')}{' or more' if len(sessions) == RECENT else ''}"


def visitor_lead(call: Call, sessions: list[Row]) -> str:
    if not sessions:
        return ""
    first = sessions[-1]
    day = moment(first["started_ms"], call.now_ms, call.shop.timezone)
    return f"{sentence(phrases.device(sessions[0]))}. Known since {day}, then {phrases.source(first)}."
