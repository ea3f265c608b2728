"""The live page: who is in the shop now, and what today brought."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from profiles.views import ask, phrases
from profiles.views.guard import Call
from profiles.views.render import render, shown, text_of
from profiles.views.session_rows import SessionRow, Tile, session_rows
from profiles.views.words import count, duration, in_words, sentence, sums, today_ms
from tracker.store import Row

NOW_MAX = 100
EARLIER = 5
DOING = {"browsing": "browsing", "purchase": "buying", "information": "reading"}


@dataclass(frozen=True, slots=True)
class LiveContext:
    answer: str = field(metadata=shown("who is in the shop, as a sentence"))
    lead: str = field(metadata=shown("what today brought, as a sentence"))
    tiles: list[Tile] = field(metadata=shown("the four figures; each leads to its rows"))
    sessions: list[SessionRow] = field(metadata=shown("sessions that are open, the latest sign of life first"))
    earlier: list[SessionRow] = field(metadata=shown("a few sessions that ended lately"))
    has_events: bool = field(metadata=shown("whether this site has ever had a session"))
    gap: str = field(metadata=shown("the silence that ends a session, in words"))
    stamp: str = field(metadata=shown("fingerprint of this part; unchanged = nothing is sent"))


def live(call: Call) -> Response:
    return render(call, "live.html", stamped(call, live_context(call)))


def live_part(call: Call) -> Response:
    """What htmx asks for every two seconds: 204 where nothing changed, so that focus and selection stay."""
    context = stamped(call, live_context(call))
    if call.query.get("stamp") == context.stamp:
        return Response(status_code=204)
    return render(call, "_live.html", context)


def stamped(call: Call, context: LiveContext) -> LiveContext:
    return replace(context, stamp=hashlib.sha256(text_of(call, "_live.html", context).encode()).hexdigest()[:16])


def live_context(call: Call) -> LiveContext:
    gap_ms = call.shop.session_gap_s * 1000
    now_here = sessions_now(call, gap_ms)
    earlier = ask.sessions(call, limit=EARLIER, status="closed", from_ms=call.now_ms - 30 * 86_400_000)
    today = ask.rows(call, "page_today", today_ms=today_ms(call.now_ms, call.shop.timezone))
    return LiveContext(
        answer=answer(now_here),
        lead=lead(today),
        tiles=tiles(now_here, today),
        sessions=session_rows(now_here),
        earlier=session_rows(earlier),
        has_events=bool(now_here or earlier),
        gap=duration(gap_ms),
        stamp="",
    )


def sessions_now(call: Call, gap_ms: int) -> list[Row]:
    since_ms = call.now_ms - gap_ms
    from_ms = since_ms - call.shop.session_cap_s * 1000
    visitors = [row["visitor_id"] for row in ask.rows(call, "page_live", since_ms=since_ms, from_ms=from_ms, limit=NOW_MAX)]
    found = [row for row in ask.sessions_of(call, visitors, limit=3 * NOW_MAX, from_ms=from_ms) if row["is_open"] and not row["quarantine_reason"]]
    return sorted(found[:NOW_MAX], key=lambda row: row["ended_ms"], reverse=True)


def answer(now_here: list[Row]) -> str:
    number = len(now_here)
    if not number:
        return "Nobody is in the shop right now"
    said = f"{sentence(in_words(number))} {'person is' if number == 1 else 'people are'} in the shop"
    checkout = sum(1 for row in now_here if row["checkout_stage"] and not row["purchases"])
    if checkout:
        return f"{said}, {in_words(checkout) if number > 1 else 'and'} {'in' if number > 1 else 'already in'} the checkout"
    with_cart = sum(1 for row in now_here if row["cart_items"])
    return f"{said}, {in_words(with_cart)} with something in the cart" if with_cart and number > 1 else said


def lead(today: list[Row]) -> str:
    abandoned, recovered = (sum(row[name] for row in today) for name in ("abandoned", "recovered"))
    lost = f"{count(abandoned, 'cart was', 'carts were') if abandoned else 'No cart was'} abandoned today"
    worth = sums(phrases.amounts(today, "abandoned_value"))
    back = f"{count(recovered, 'came', 'came')} back" if recovered else "none came back yet"
    if not abandoned and not recovered:
        return f"{lost}."
    return f"{lost}, worth {worth}; {back}." if worth else f"{lost}; {back}."


def tiles(now_here: list[Row], today: list[Row]) -> list[Tile]:
    labels = [row["purpose"] for row in now_here]
    meant = [f"{labels.count(name)} {word}" for name, word in DOING.items() if name in labels]
    total = {name: sum(row[name] for row in today) for name in ("open_carts", "in_checkout", "abandoned", "recovered")}
    worth = {name: sums(phrases.amounts(today, name)) for name in ("open_value", "abandoned_value", "recovered_value")}
    checkout = f"{total['in_checkout']} in checkout" if total["in_checkout"] else ""
    return [
        Tile("In the shop now", f"{len(now_here):,}", "/sessions?status=open", " · ".join(meant)),
        Tile("Open carts", f"{total['open_carts']:,}", "/carts?state=open", " · ".join(filter(None, (worth["open_value"], checkout)))),
        Tile("Abandoned today", f"{total['abandoned']:,}", "/carts?state=abandoned&when=today", worth["abandoned_value"]),
        Tile("Recovered today", f"{total['recovered']:,}", "/carts?state=recovered&when=today", worth["recovered_value"]),
    ]
