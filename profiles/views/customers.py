"""The customers of a site, the one seen last first; one is found by a piece of the id."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.responses import Response

from profiles.views import ask, phrases
from profiles.views.customer import decoded, spent
from profiles.views.guard import Call
from profiles.views.people import contactable, life, stage_since
from profiles.views.render import render, shown
from profiles.views.words import clean, count, money
from tracker.store import Row

PAGE = 50


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """Everything is text or a figure, ready to be escaped."""

    customer_id: str
    stage: str
    last_ms: int
    is_seen: bool
    orders: int
    spent: str
    cart_id: str
    cart_state: str
    cart_worth: str
    standing_kind: str
    standing: str


@dataclass(frozen=True, slots=True)
class CustomersContext:
    answer: str = field(metadata=shown("how many customers there are, as a sentence"))
    lead: str = field(metadata=shown("how many of them ordered, as a sentence"))
    who: str = field(metadata=shown("the piece of an id that was asked for; '' = any"))
    customers: list[CustomerRow] = field(metadata=shown("the customers of this page of the list, the one seen last first"))
    next_href: str = field(metadata=shown("address of the next page; '' = this is the last"))
    first_href: str = field(metadata=shown("address of the first page"))
    is_later_page: bool = field(metadata=shown("whether this is not the first page"))


def customers(call: Call) -> Response:
    who = call.query.get("who", "").strip()[:128]
    cursor = ask.cursor_of(call.query.get("cursor", ""))
    keys = ask.rows(call, "page_customer_keys", who=who, cursor_ms=cursor[0], cursor_id=cursor[1], limit=PAGE + 1)
    sums = ask.rows(call, "page_customer_sums", who=who)[0]
    last = keys[PAGE - 1] if len(keys) > PAGE else None
    asked = {"who": who} if who else {}
    context = CustomersContext(
        answer=answer(sums["customers"], who),
        lead=lead(sums),
        who=who,
        customers=customer_rows(call, keys[:PAGE]),
        next_href="/customers?" + urlencode(asked | {"cursor": ask.cursor(last["last_ms"], last["customer_id"])}) if last else "",
        first_href=f"/customers?{urlencode(asked)}",
        is_later_page=cursor != ask.START,
    )
    return render(call, "customers.html", context)


def answer(number: int, who: str) -> str:
    found = count(number, "customer") if number else "No customer" if who else "No customer is known yet"
    return f"{found} with “{clean(who, 40)}” in the id" if who else found


def lead(sums: Row) -> str:
    if not sums["customers"]:
        return "A customer is a person you know under an id of your own."
    return f"{sums['ordered']:,} of them ordered." if sums["ordered"] else "None of them ordered yet."


def customer_rows(call: Call, keys: list[Row]) -> list[CustomerRow]:
    ids = [key["customer_id"] for key in keys]
    known = ask.customers(call, ids)
    carts: dict[str, Row] = {}
    for cart in ask.rows(call, "page_customer_carts", customers=ids) if ids else []:
        carts.setdefault(cart["customer_id"], cart)
    return [customer_row(call, key, known[key["customer_id"]], carts.get(key["customer_id"])) for key in keys if key["customer_id"] in known]


def customer_row(call: Call, key: Row, row: Row, cart: Row | None) -> CustomerRow:
    kind, standing = phrases.standing(row["customer_id"], {"marketing": contactable(decoded(row["consent"]))}, ())
    kept = [order for order in row["orders"] if order["status"] != "cancelled"]
    return CustomerRow(
        customer_id=row["customer_id"],
        stage=stage_since(call, life(call, row)),
        last_ms=key["last_ms"],
        is_seen=bool(key["is_seen"]),
        orders=len(kept),
        spent=spent(kept),
        cart_id=cart["cart_id"] if cart else "",
        cart_state=cart["state"] if cart else "",
        cart_worth=money(cart["value"], cart["currency"]) if cart else "",
        standing_kind=kind,
        standing=standing,
    )
