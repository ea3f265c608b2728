"""Carts: the abandoned ones to call back, and every other state; the same filter as a CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from profiles.carts_csv import line, safe
from profiles.views import ask, phrases
from profiles.views.cart_rows import CartRow, cart_rows
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.words import count, duration, sums, today_ms
from tracker.clock import iso
from tracker.store import Row

PAGE = 50
CSV_PAGE = 1000
HOUR_MS = 3_600_000
STATES = tuple((state, state) for state in ("abandoned", "open", "recovered", "bought", "emptied", "lost", "any"))
STAGES = (("", "anywhere"), ("cart", "in the cart"), ("checkout", "in the checkout"), ("payment", "at payment"))
WHENS = (("", "at any time"), ("1h", "in the last hour"), ("today", "today"), ("24h", "in the last 24 hours"), ("3d", "in the last 3 days"),
         ("7d", "in the last 7 days"), ("30d", "in the last 30 days"))  # fmt: skip
CONTACTS = (("", "does not matter"), ("yes", "yes"), ("no", "no"))
SPANS_MS = {"1h": HOUR_MS, "24h": 24 * HOUR_MS, "3d": 72 * HOUR_MS, "7d": 7 * 24 * HOUR_MS, "30d": 30 * 24 * HOUR_MS}
COLUMNS = ("cart_id", "state", "stage", "customer_id", "items", "item_ids", "removed_items", "items_count", "value", "currency",
           "opened_at", "touched_at", "abandoned_at", "closed_at", "may_be_contacted", "standing", "came_for", "why")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    state: str = "abandoned"
    stage: str = ""
    worth: str = ""
    when: str = ""
    contact: str = ""
    is_narrowed: bool = False

    def query(self, **more: str) -> str:
        fields = {"state": self.state, "stage": self.stage, "worth": self.worth, "when": self.when, "contact": self.contact}
        return urlencode({name: value for name, value in (fields | more).items() if value})


@dataclass(frozen=True, slots=True)
class CartsContext:
    answer: str = field(metadata=shown("how many carts the filter finds and what they are worth, as a sentence"))
    lead: str = field(metadata=shown("how many of them may be contacted, as a sentence"))
    chosen: Chosen = field(metadata=shown("the filter, as chosen"))
    states: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field State"))
    stages: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field Stopped"))
    whens: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field When"))
    contacts: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field May be contacted"))
    carts: list[CartRow] = field(metadata=shown("the carts of this page of the list, the latest first"))
    list_href: str = field(metadata=shown("address of a new list that asks for the same"))
    csv_href: str = field(metadata=shown("address of the same filter as a CSV"))
    next_href: str = field(metadata=shown("address of the next page; '' = this is the last"))
    first_href: str = field(metadata=shown("address of the first page of this filter"))
    is_later_page: bool = field(metadata=shown("whether this is not the first page"))
    cutoff: str = field(metadata=shown("how long a cart must be untouched to count as abandoned"))
    has_carts: bool = field(metadata=shown("whether this site has any cart at all"))


def carts(call: Call) -> Response:
    chosen = chosen_of(call.query)
    narrowed = filter_of(chosen, call)
    cursor = ask.cursor_of(call.query.get("cursor", ""))
    found = ask.carts(call, limit=PAGE + 1, cursor=cursor, **narrowed)
    totals = ask.cart_sums(call, **narrowed)
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = CartsContext(
        answer=answer(totals, chosen),
        lead=lead(totals, chosen),
        chosen=chosen,
        states=STATES, stages=STAGES, whens=WHENS, contacts=CONTACTS,
        carts=cart_rows(call, found[:PAGE]),
        list_href=f"/lists/new?{chosen.query()}",
        csv_href=f"/carts.csv?{chosen.query()}",
        next_href="/carts?" + chosen.query(cursor=ask.cursor(last["happened_ms"], last["cart_id"])) if last else "",
        first_href=f"/carts?{chosen.query()}",
        is_later_page=cursor != ask.START,
        cutoff=duration(call.shop.cart_cutoff_s * 1000),
        has_carts=bool(found) or bool(ask.carts(call, limit=1)),
    )  # fmt: skip
    return render(call, "carts.html", context)


def chosen_of(query: Mapping[str, str]) -> Chosen:
    def one_of(name: str, choices: tuple[tuple[str, str], ...], default: str = "") -> str:
        return query[name] if query.get(name) in {known for known, _ in choices} else default

    return Chosen(
        state=one_of("state", STATES, "abandoned"),
        stage=one_of("stage", STAGES),
        worth=worth_of(query.get("worth", "")),
        when=one_of("when", WHENS),
        contact=one_of("contact", CONTACTS),
        is_narrowed=any(query.get(name) for name in ("stage", "worth", "when", "contact")) or query.get("state", "abandoned") != "abandoned",
    )


def worth_of(text: str) -> str:
    """50, 49.90, 49,90, 50 €: as a person writes it; anything else is no condition."""
    try:
        value = Decimal("".join(c for c in text.replace(",", ".") if c.isascii() and (c.isdigit() or c == ".")))
    except InvalidOperation:
        return ""
    return f"{value:f}" if 0 < value < 10**12 else ""


def filter_of(chosen: Chosen, call: Call) -> dict[str, Any]:
    from_ms = today_ms(call.now_ms, call.shop.timezone) if chosen.when == "today" else call.now_ms - SPANS_MS[chosen.when] if chosen.when else 0
    state = "" if chosen.state == "any" else chosen.state
    return {"state": state, "stage": chosen.stage, "min_value": chosen.worth or "0", "from_ms": from_ms, "contact": chosen.contact}


def answer(totals: list[Row], chosen: Chosen) -> str:
    number = sum(row["carts"] for row in totals)
    when = dict(WHENS)[chosen.when] if chosen.when else ""
    state = {"lost": "lost for good", "any": "in all"}.get(chosen.state, chosen.state)
    opening = count(number, "cart") if number else "No carts"
    worth = sums(phrases.amounts(totals, "value"))
    return " ".join(filter(None, (opening, state, when))) + (f", worth {worth}" if worth else "")


def lead(totals: list[Row], chosen: Chosen) -> str:
    number, contactable, checkout = (sum(row[name] for row in totals) for name in ("carts", "contactable", "in_checkout"))
    if not number:
        return "Nothing to call back."
    may = f"{contactable:,} of them may be contacted" if contactable else "Nobody among them may be contacted"
    return f"{may}; {checkout:,} got as far as the checkout." if checkout else f"{may}."


# --- CSV -----------------------------------------------------------------------------------------------------------


def carts_csv(call: Call) -> Response:
    """All carts of the filter, in pieces, from the same query as the page."""
    headers = {"Content-Disposition": 'attachment; filename="carts.csv"'}
    return StreamingResponse(csv_lines(call, filter_of(chosen_of(call.query), call)), media_type="text/csv; charset=utf-8", headers=headers)


def csv_lines(call: Call, narrowed: dict[str, Any]) -> Iterator[bytes]:
    yield line(COLUMNS)
    cursor = ask.START
    while True:
        found = ask.carts(call, limit=CSV_PAGE, cursor=cursor, **narrowed)
        told = {row.cart_id: row for row in cart_rows(call, found)}
        yield b"".join(line(cells(row, told[row["cart_id"]])) for row in found)
        if len(found) < CSV_PAGE:
            return
        cursor = (found[-1]["happened_ms"], found[-1]["cart_id"])


def cells(row: Row, told: CartRow) -> tuple[str, ...]:
    """In the order of COLUMNS; no text can be taken for a formula."""
    items, removed = row["doc"].get("items", []), row["doc"].get("removed_items", [])
    times = (iso(row[name]) if row[name] is not None else "" for name in ("opened_ms", "touched_ms", "abandoned_ms", "closed_ms"))
    return (
        safe(row["cart_id"]), row["state"], row["stage"], safe(row["customer_id"]), safe("; ".join(phrases.item_label(item) for item in items)),
        safe("; ".join(str(item.get("id", "")) for item in items)), safe("; ".join(phrases.item_label(item) for item in removed)),
        f"{row['items_count']:f}", f"{row['value']:f}", safe(row["currency"]), *times,
        "yes" if told.may_contact else "no", told.standing, told.purpose, safe("; ".join(filter(None, (told.when_why, told.items_why)))),
    )  # fmt: skip
