"""One session as a story; the button that takes a visitor out of quarantine."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import anyio.from_thread
import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles import story
from profiles.views import ask, phrases
from profiles.views.guard import Call
from profiles.views.people import purpose_evidence, standing_in_life
from profiles.views.render import render, segment, shown
from profiles.views.session_rows import SessionRow, session_row
from profiles.views.words import clean, clock_time, count, duration, listed, money, moment, quantity, web_link
from tracker.event import EventRow
from tracker.store import Row

NEAR = 200  # sessions of the visitor among which the neighbours are looked for


@dataclass(frozen=True, slots=True)
class Observation:
    """One stored event as a row."""

    at_ms: int
    type: str
    what: str
    page: str
    href: str


@dataclass(frozen=True, slots=True)
class Purchase:
    order_id: str
    items: str
    value: str
    status: str


@dataclass(frozen=True, slots=True)
class SessionContext:
    title: str = shown("the session in one sentence")
    session: SessionRow = shown("its facts")
    standing: str = shown("where a registered visitor stands in the customer life cycle; '' = anonymous")
    lines: list[story.Line] = shown("the story, oldest first")
    bars: list[tuple[str, float]] = shown("purposes and how likely each is, the likeliest first")
    evidence: list[str] = shown("why we think so, sentence by sentence")
    searches: str = shown("what was searched for; '' = nothing")
    referrer: str = shown("address the visitor came from, as text")
    referrer_href: str = shown("the same as a link; '' = it cannot be one")
    cart_items: list[tuple[str, str]] = shown("the cart at the end: goods and their price")
    purchases: list[Purchase] = shown("orders in this session")
    previous: SessionRow | None = shown("the visitor's session before this one")
    following: SessionRow | None = shown("the visitor's session after this one")
    observations: list[Observation] = shown("everything observed, as received")
    is_released: bool = shown("whether somebody just took the visitor out of quarantine")


def session(call: Call) -> Response:
    row = found(call)
    events = ask.observations(call, row)
    previous, following = neighbours(call, row)
    context = SessionContext(
        title=phrases.headline(row),
        session=session_row(row),
        standing=standing_in_life(call, row["customer_id"]),
        lines=[*story.story([*events, *missing_orders(row, events)]), ending(call, row)],
        bars=sorted(((name, row[f"score_{name}"]) for name in phrases.MEANT), key=lambda bar: -bar[1]),
        evidence=purpose_evidence(row),
        searches=listed([f"“{clean(query, 60)}”" for query in row["searches"]], 5),
        referrer=clean(row["referrer"], 120),
        referrer_href=web_link(row["referrer"]),
        cart_items=[(phrases.item_label(item), money(item["price"], row["cart_currency"]) if item["price"] is not None else "") for item in row["cart_items"]],
        purchases=[purchase(order) for order in row["purchases"]],
        previous=previous,
        following=following,
        observations=[observation(event) for event in events],
        is_released=call.query.get("released") == "1",
    )
    return render(call, "session.html", context)


def found(call: Call) -> Row:
    rows = ask.sessions(call, limit=1, session_id=call.request.path_params["session_id"], status="all")
    if not rows:
        raise HTTPException(404, "This session does not exist. It may have been joined with another one by an event that came late.")
    return rows[0]


def neighbours(call: Call, row: Row) -> tuple[SessionRow | None, SessionRow | None]:
    others = ask.sessions(call, limit=NEAR, visitors=[row["visitor_id"]], status="all")  # newest first
    ids = [other["session_id"] for other in others]
    if row["session_id"] not in ids:
        return None, None
    here = ids.index(row["session_id"])
    before = session_row(others[here + 1]) if here + 1 < len(others) else None
    return before, session_row(others[here - 1]) if here else None


def missing_orders(row: Row, events: list[Row]) -> list[dict[str, Any]]:
    """Orders of this session that the visitor's own events do not tell of: the shop's server did, by the customer's name."""
    told = {event["order_id"] for event in events if event["type"] == "order"}
    blank = {"type": "order", "page_id": "", "source": "server"}
    return [{**blank, "at_ms": order["at_ms"], "order_id": order["order_id"], "items": order["items"], "value": order["value"], "currency": order["currency"]}
            for order in row["purchases"] if order["order_id"] not in told]  # fmt: skip


def ending(call: Call, row: Row) -> story.Line:
    if row["is_open"]:
        return story.Line(row["ended_ms"], (story.Part("Still here, as far as we know"),), mark="end")
    return story.Line(row["ended_ms"], (story.Part(f"Left{after_that(call, row)}"),), mark="end")


def after_that(call: Call, row: Row) -> str:
    """What became of the cart that was left behind."""
    if not row["cart_id"] or not row["cart_items"]:
        return ""
    carts = ask.carts(call, limit=1, cart_id=row["cart_id"])
    if not carts:
        return ""
    cart = carts[0]
    abandoned = cart["abandoned_ms"]
    if cart["state"] == "abandoned" and abandoned:
        same_day = moment(abandoned, abandoned, call.shop.timezone)[6:] if abandoned - row["ended_ms"] < 43_200_000 else ""
        when = same_day or moment(abandoned, call.now_ms, call.shop.timezone)
        return f". At {when} the cart counted as abandoned" if same_day else f". {when.capitalize()} the cart counted as abandoned"
    said = {"recovered": "The cart was left behind and came back later", "bought": "The cart was bought later", "lost": "Nobody came back for the cart",
            "emptied": "The cart was emptied later", "open": f"The cart is still open; at {next_time(call, cart)} it counts as abandoned"}  # fmt: skip
    return f". {said.get(cart['state'], 'The cart lives on')}"


def next_time(call: Call, cart: Row) -> str:
    return clock_time(cart["next_ms"] or cart["touched_ms"] + call.shop.cart_cutoff_s * 1000, call.shop.timezone)


def purchase(order: Row) -> Purchase:
    return Purchase(order["order_id"], phrases.items(order["items"]), money(order["value"], order["currency"]), order["status"])


# --- every single observation --------------------------------------------------------------------------------------


def observation(event: Row) -> Observation:
    page = clean(event["title"], 80) or clean(event["url"], 80)
    return Observation(event["at_ms"], event["type"].replace("_", " "), what(event), page, web_link(event["url"]))


def what(event: Row) -> str:
    said = [
        clean(f"{event['kind']} {event['name'] or event['content_id']}", 100) if event["kind"] else "",
        f"seen {duration(event['seen_ms'])}" if event["seen_ms"] else "",
        f"touched {duration(event['touched_ms'])}" if event["touched_ms"] else "",
        count(event["clicks"], "click") if event["clicks"] else "",
        f"looked {duration(event['engaged_ms'])}" if event["engaged_ms"] else "",
        f"{event['scroll_pct']} % of the page" if event["scroll_pct"] else "",
        f"“{clean(event['query'], 80)}”" if event["query"] else "",
        phrases.items(event["items"]) if event["items"] else "",
        clean(event["step_name"], 60) or (f"step {quantity(event['step'])}" if event["step"] else ""),
        f"order {clean(event['order_id'], 60)}" if event["order_id"] else "",
        money(event["value"], event["currency"]) if event["value"] is not None and not event["kind"] else "",
        clean(event["customer_id"], 60),
        clean(event["name"], 60) if event["name"] and not event["kind"] else "",
    ]
    return ", ".join(part for part in said if part)


# --- release -------------------------------------------------------------------------------------------------------


def release(call: Call) -> Response:
    """A person says that this visitor is no robot: an event like any other, so a rebuild knows it too."""
    row = found(call)
    if row["quarantine_reason"]:
        anyio.from_thread.run(call.deps.append, [release_event(call, row["visitor_id"])])
    return RedirectResponse(f"/sessions/{segment(row['session_id'])}?released=1", status_code=303)


def release_event(call: Call, visitor_id: str) -> bytes:
    at_s = call.now_ms / 1000
    event = EventRow(site=call.shop.name, visitor_id=visitor_id, event_id=f"release:{uuid.uuid4()}", type="release", at=at_s, received_at=at_s, source="server")
    return msgspec.json.encode(event)
