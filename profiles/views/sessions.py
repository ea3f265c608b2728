"""The list of sessions: filter, count, page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from profiles.views import ask
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.session_rows import SessionRow, Tile, session_rows
from profiles.views.words import clean, count, day_start_ms, local, next_day_ms
from tracker.store import Row

PAGE = 50
DAYS = 7
PURPOSES = (("", "anything"), ("purchase", "purchase"), ("browsing", "browsing"), ("information", "information"))
STATUSES = (("", "all"), ("open", "in the shop now"), ("closed", "ended"), ("quarantined", "in quarantine"))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filter as the form shows it. What cannot be understood is as if it were not given."""

    purpose: str = ""
    status: str = ""
    who: str = ""
    from_day: str = ""
    to_day: str = ""
    pages: int = 0
    bought: bool = False
    has_days: bool = False
    is_narrowed: bool = False

    def query(self, **more: Any) -> str:
        fields = {"purpose": self.purpose, "status": self.status, "who": self.who, "from": self.from_day, "to": self.to_day,
                  "pages": self.pages or "", "bought": "1" if self.bought else ""}  # fmt: skip
        return urlencode({name: value for name, value in (fields | more).items() if value != ""})


@dataclass(frozen=True, slots=True)
class SessionsContext:
    answer: str = field(metadata=shown("how many sessions the filter finds, as a sentence"))
    lead: str = field(metadata=shown("what they came for, as a sentence"))
    tiles: list[Tile] = field(metadata=shown("the same by purpose; each leads to its rows"))
    chosen: Chosen = field(metadata=shown("the filter, as chosen"))
    purposes: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field Came for"))
    statuses: tuple[tuple[str, str], ...] = field(metadata=shown("choices of the field Which"))
    sessions: list[SessionRow] = field(metadata=shown("the sessions of this page of the list, newest first"))
    next_href: str = field(metadata=shown("address of the next page; '' = this is the last"))
    first_href: str = field(metadata=shown("address of the first page of this filter"))
    is_later_page: bool = field(metadata=shown("whether this is not the first page"))


def sessions(call: Call) -> Response:
    chosen = chosen_of(call.query, call.now_ms, call.shop.timezone)
    narrowed = filter_of(chosen, call.shop.timezone)
    cursor = ask.cursor_of(call.query.get("cursor", ""))
    found = ask.sessions(call, limit=PAGE + 1, cursor=cursor, **narrowed)
    sums = ask.session_sums(call, **narrowed)
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = SessionsContext(
        answer=answer(sums, chosen),
        lead=lead(sums),
        tiles=tiles(sums, chosen) if sums["sessions"] else [],
        chosen=chosen,
        purposes=PURPOSES,
        statuses=STATUSES,
        sessions=session_rows(found[:PAGE]),
        next_href="/sessions?" + chosen.query(cursor=ask.cursor(last["started_ms"], last["session_id"])) if last else "",
        first_href=f"/sessions?{chosen.query()}",
        is_later_page=cursor != ask.START,
    )
    return render(call, "sessions.html", context)


def chosen_of(query: Mapping[str, str], now_ms: int, timezone: str) -> Chosen:
    today = local(now_ms, timezone).date()
    from_day = day_of(query.get("from", "")) or today - timedelta(days=DAYS - 1)
    to_day = day_of(query.get("to", "")) or max(today, from_day)
    pages = query.get("pages", "")
    return Chosen(
        purpose=one_of(query.get("purpose", ""), PURPOSES),
        status=one_of(query.get("status", ""), STATUSES),
        who=query.get("who", "").strip()[:200],
        from_day=from_day.isoformat(),
        to_day=to_day.isoformat(),
        pages=int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 6 else 0,
        bought=query.get("bought") == "1",
        has_days=bool(query.get("from") or query.get("to")),
        is_narrowed=any(query.get(name) for name in ("purpose", "status", "who", "from", "to", "pages", "bought")),
    )


def filter_of(chosen: Chosen, timezone: str) -> dict[str, Any]:
    """The filter as page_sessions.sql takes it: days are days of the site's time zone."""
    times = {
        "from_ms": day_start_ms(date.fromisoformat(chosen.from_day), timezone),
        "to_ms": next_day_ms(date.fromisoformat(chosen.to_day), timezone),
    }
    narrowed = {"purpose": chosen.purpose, "status": chosen.status, "who": chosen.who, "pages_min": chosen.pages, "bought": int(chosen.bought)}
    return narrowed | times


def one_of(value: str, choices: tuple[tuple[str, str], ...]) -> str:
    return value if value in {known for known, _ in choices} else ""


def day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1971 <= day.year <= 2200 else None


def answer(sums: Row, chosen: Chosen) -> str:
    kind = {"open": "in the shop now", "closed": "ended", "quarantined": "in quarantine"}.get(chosen.status, "")
    number = count(sums["sessions"], "session") if sums["sessions"] else "No sessions"
    return " ".join(filter(None, (number, kind, f"of {clean(chosen.who, 40)}" if chosen.who else "", days_said(chosen))))


def days_said(chosen: Chosen) -> str:
    from_day, to_day = date.fromisoformat(chosen.from_day), date.fromisoformat(chosen.to_day)
    if not chosen.has_days:
        return f"in the last {DAYS} days"
    if from_day == to_day:
        return f"on {from_day.day} {from_day:%B %Y}"
    return f"from {from_day.day} {from_day:%B} to {to_day.day} {to_day:%B %Y}"


def lead(sums: Row) -> str:
    if not sums["sessions"]:
        return "Nothing to add up."
    bought = f"{sums['bought']:,} ended with an order" if sums["bought"] else "none of them ended with an order"
    return f"{count(sums['visitors'], 'visitor')}; {sums['purchase']:,} of the sessions were meant to buy, {bought}."


def tiles(sums: Row, chosen: Chosen) -> list[Tile]:
    def share(name: str) -> str:
        return f"{round(100 * sums[name] / sums['sessions'])} % of these"

    made = [Tile(label, f"{sums[name]:,}", f"/sessions?{chosen.query(purpose=name)}", share(name))
            for name, label in (("purchase", "Meant to buy"), ("browsing", "Looked around"), ("information", "Wanted to know"))]  # fmt: skip
    return [*made, Tile("Bought", f"{sums['bought']:,}", f"/sessions?{chosen.query(bought='1')}", share("bought"))]
