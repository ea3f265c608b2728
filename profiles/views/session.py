"""One session as a story; the button that takes a visitor out of quarantine."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import anyio.from_thread
import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles.sessions import events_of
from profiles.story import story
from profiles.story_line import Line, Part
from profiles.views import ask, phrases
from profiles.views.correct import LABELS, Verdict, verdict
from profiles.views.guard import Call
from profiles.views.people import purpose_evidence, standing_in_life
from profiles.views.render import render, segment, shown
from profiles.views.session_rows import SessionRow, session_row
from profiles.views.words import clean, clock_time, count, day_name, duration, listed, moment, money, quantity, sentence, web_link
from tracker.contents import admitted
from tracker.event import EventRow
from tracker.store import Row

OBSERVED_MAX = 1000
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
    title: str = field(metadata=shown("the session in one sentence"))
    session: SessionRow = field(metadata=shown("its facts"))
    standing: str = field(metadata=shown("where a registered visitor stands in the customer life cycle; '' = anonymous"))
    lines: list[Line] = field(metadata=shown("the story, oldest first"))
    bars: list[tuple[str, float]] = field(metadata=shown("purposes and how likely each is, the likeliest first"))
    evidence: list[str] = field(metadata=shown("why we think so, sentence by sentence"))
    verdict: Verdict | None = field(metadata=shown("what a person says it was for; None = nobody said anything"))
    choices: list[tuple[str, str]] = field(metadata=shown("what a person may say: value and words"))
    searches: str = field(metadata=shown("what was searched for; '' = nothing"))
    referrer: str = field(metadata=shown("address the visitor came from, as text"))
    referrer_href: str = field(metadata=shown("the same as a link; '' = it cannot be one"))
    cart_items: list[tuple[str, str]] = field(metadata=shown("the cart at the end: goods and their price"))
    purchases: list[Purchase] = field(metadata=shown("orders in this session"))
    previous: SessionRow | None = field(metadata=shown("the visitor's session before this one"))
    following: SessionRow | None = field(metadata=shown("the visitor's session after this one"))
    observations: list[Observation] = field(metadata=shown("everything observed, as received"))
    observed: int = field(metadata=shown("how many there are in all"))
    is_released: bool = field(metadata=shown("whether somebody just took the visitor out of quarantine"))


def session(call: Call) -> Response:
    row = found(call)
    events = events_of(call.deps.store, call.shop, row)
    previous, following = neighbours(call, row)
    context = SessionContext(
        title=phrases.headline(row),
        session=session_row(row),
        standing=standing_in_life(call, row["customer_id"]),
        lines=[*story([*events, *missing_orders(row, events)], ask.cart_worths(call, row)), ending(call, row)],
        bars=sorted(((name, row[f"score_{name}"]) for name in phrases.MEANT), key=lambda bar: -bar[1]),
        evidence=purpose_evidence(row),
        verdict=verdict(call, row),
        choices=[(label, f"{label}: {words}") for label, words in LABELS.items()],
        searches=listed([f"“{clean(query, 60)}”" for query in row["searches"]], 5),
        referrer=clean(row["referrer"], 120),
        referrer_href=web_link(row["referrer"]),
        cart_items=[(phrases.item_label(item), phrases.price(item, row["cart_currency"])) for item in row["cart_items"]],
        purchases=[purchase(order) for order in row["purchases"]],
        previous=previous,
        following=following,
        observations=[observation(event) for event in events[:OBSERVED_MAX]],
        observed=len(events),
        is_released=call.query.get("released") == "1",
    )
    return render(call, "session.html", context)


def found(call: Call) -> Row:
    row = ask.session(call, call.request.path_params["session_id"])
    if row is None:
        raise HTTPException(404, "This session does not exist. It may have been joined with another one by an event that came late.")
    return row


def neighbours(call: Call, row: Row) -> tuple[SessionRow | None, SessionRow | None]:
    others = ask.sessions_of(call, [row["visitor_id"]], limit=NEAR)  # newest first
    ids = [other["session_id"] for other in others]
    if row["session_id"] not in ids:
        return None, None
    here = ids.index(row["session_id"])
    before = session_row(others[here + 1]) if here + 1 < len(others) else None
    return before, session_row(others[here - 1]) if here else None


def missing_orders(row: Row, events: list[Row]) -> list[dict[str, Any]]:
    """Orders of this session that the visitor's own events do not tell of: the shop's server did, by the customer's name."""
    told = {event["order_id"] for event in events if event["type"] == "order"}
    blank = {"type": "order", "page_id": "", "source": "server", "engaged_ms": 0, "props": "{}"}
    return [blank | order for order in row["purchases"] if order["order_id"] not in told]


def ending(call: Call, row: Row) -> Line:
    if row["is_open"]:
        return Line(row["ended_ms"], (Part("Still here, as far as we know"),), mark="end")
    return Line(row["ended_ms"], (Part(f"Left{after_that(call, row)}"),), mark="end")


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
        same_day = day_name(abandoned, call.now_ms, call.shop.timezone) == day_name(row["ended_ms"], call.now_ms, call.shop.timezone)
        when = f"At {clock_time(abandoned, call.shop.timezone)}" if same_day else sentence(moment(abandoned, call.now_ms, call.shop.timezone))
        return f". {when} the cart counted as abandoned"
    if cart["state"] == "open":
        return f". The cart is still open; at {next_time(call, cart)} it counts as abandoned"
    said = {"recovered": "The cart came back later", "bought": "The cart was bought later", "emptied": "The cart was emptied later"}
    return f". {said.get(cart['state'], 'Nobody came back for the cart')}"


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
        anyio.from_thread.run(append, call, release_event(call, row["visitor_id"]))
    return RedirectResponse(f"/sessions/{segment(row['session_id'])}?released=1", status_code=303)


async def append(call: Call, row: bytes) -> None:
    await call.deps.append([row], admitted([row]))


def release_event(call: Call, visitor_id: str) -> bytes:
    event_id, at_s = f"release:{uuid.uuid4()}", call.now_ms / 1000
    return msgspec.json.encode(EventRow(call.shop.name, visitor_id, event_id, "release", at=at_s, received_at=at_s, source="server"))
