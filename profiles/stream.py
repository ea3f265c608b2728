"""GET /v1/stream: the changes of a site's sessions and carts as they happen (Server-Sent Events).

in   table `stream`, filled by every insert into `sessions`, `carts` and `customers`; sessions that the clock closed
out  moments in one order (docs/decisions/0022-stream.md); of each the document as the API tells it
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent

from profiles import access, answers, carts, sessions
from profiles.answers import encode
from profiles.channels import READERS_MAX, Page, Position, Told
from profiles.deps import Deps
from profiles.operations import Call, Operation
from profiles.params import Parameter
from profiles.problems import HEADERS, Problem
from tracker.sites import Site
from tracker.store import Row, Store, load

PAGE = 500
KEPT_MS = 7 * 86_400_000  # as long as the table keeps its rows
BEAT_S = 15.0
RETRY_MS = 2_000
GRACE_S = 2.0  # less than the web server's own
STEP_MS = 1_000  # a clock that went back less than this is waited for
AHEAD_MS = 60_000
TOLD = ("cart", "closed", "session")
POSITION = re.compile(r"(\d{1,13})(?:-(cart|closed|customer|session)-([\x21-\x7e]{1,256}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something became visible, or a session was closed by the clock."""

    position: Position
    visitor_id: str
    version: int


# --- asking ------------------------------------------------------------------------------------------------------------------


def settled_ms(deps: Deps) -> int:
    """Before this moment everything that was inserted can be seen."""
    return min(deps.store.settled_ms(), deps.clock.now_ms())


def moments(store: Store, site: Site, after: Position, until_ms: int, kinds: Sequence[str] = TOLD, limit: int = PAGE) -> tuple[list[Moment], bool]:
    """The next ones after a position; True where there may be more before `until_ms`."""
    asked = {"site": site.name, "after_ms": after.at_ms, "after_kind": after.kind, "after_id": after.id, "limit": limit}
    rows = store.rows(load("profiles", "stream_page"), **asked, until_ms=until_ms, kinds=[kind for kind in kinds if kind != "closed"])
    changed = [Moment(Position(row["at_ms"], row["kind_name"], row["id"]), row["visitor_id"], row["version"]) for row in rows]
    ends = [whole(changed)] if len(changed) == limit else []
    closed: list[Moment] = []
    if "closed" in kinds:
        before_ms = ends[0].at_ms + 1 if ends else until_ms
        rows = store.rows(load("profiles", "stream_closed"), **asked, until_ms=before_ms, gap_ms=site.session_gap_s * 1000)
        closed = [Moment(Position(row["at_ms"], "closed", row["id"]), row["visitor_id"], row["version"]) for row in rows]
        ends += [whole(closed)] if len(closed) == limit else []
    end = min(ends) if ends else Position(until_ms)
    found = {each.position: each for each in (*changed, *closed) if each.position <= end}  # of one position the highest version, which came last
    return sorted(found.values(), key=lambda each: each.position), bool(ends)


def whole(found: Sequence[Moment]) -> Position:
    """The last position of a full page of which no version can be missing."""
    return next((each.position for each in reversed(found) if each.position != found[-1].position), found[-1].position)


def page(deps: Deps, site_name: str, after: Position) -> Page:
    """What comes next after a position, told."""
    site = deps.registry.sites().get(site_name)
    if site is None:
        return Page(after, after, (), False)
    until_ms = settled_ms(deps)
    found, more = moments(deps.store, site, after, until_ms)
    if more:
        return Page(after, found[-1].position, told(deps, site, found), True)
    until = Position(until_ms) if until_ms < after.at_ms - STEP_MS else max(after, Position(until_ms))
    return Page(after, until, told(deps, site, found), False)


# --- telling -----------------------------------------------------------------------------------------------------------------


def told(deps: Deps, site: Site, found: Sequence[Moment]) -> list[Told]:
    """Each session and cart once, at its last moment among these, and only where this is its latest version: a newer one has a moment of its own."""
    last = {("cart" if each.position.kind == "cart" else "session", each.position.id): each for each in found}
    visits = [each for (kind, _), each in last.items() if kind == "session"]
    baskets = [each for (kind, _), each in last.items() if kind == "cart"]
    return sorted([*sessions_told(deps, site, visits), *carts_told(deps, site, baskets)], key=lambda each: each.position)


def sessions_told(deps: Deps, site: Site, found: Sequence[Moment]) -> list[Told]:
    positions = {each.position.id: each.position for each in found}
    rows = latest_sessions(deps.store, site, found)
    living = [row for row in rows if not row["tombstone"]]
    return [
        *(Told(positions[profile.session_id], "session", encode(profile)) for profile in sessions.profiles(deps, site, living)),
        *(Told(positions[row["session_id"]], "gone", encode(gone_session(row))) for row in rows if row["tombstone"]),
    ]


def latest_sessions(store: Store, site: Site, found: Sequence[Moment]) -> list[Row]:
    """Those that are what they were at that moment. Only these are read whole: while much changes often, most have a newer version."""
    if not found:
        return []
    asked = {"visitor_ids": sorted({each.visitor_id for each in found}), "session_ids": sorted({each.position.id for each in found})}
    versions = {row["session_id"]: row["version"] for row in store.rows(load("profiles", "session_versions"), site=site.name, **asked)}
    current = {each.position.id: each for each in found if versions.get(each.position.id) == each.version}
    if not current:
        return []
    stored = sessions.read(store, site, visitor_ids=sorted({each.visitor_id for each in current.values()}), session_ids=sorted(current))
    return [row for row in sessions.latest(stored, "session_id") if row["version"] == current[row["session_id"]].version]


def carts_told(deps: Deps, site: Site, found: Sequence[Moment]) -> list[Told]:
    if not found:
        return []
    stored = deps.store.rows(load("profiles", "cart_rows"), site=site.name, cart_ids=[each.position.id for each in found])
    rows = {row["cart_id"]: row for row in sessions.latest(stored, "cart_id")}
    current = [each for each in found if each.position.id in rows and rows[each.position.id]["version"] == each.version]
    living = [rows[each.position.id] for each in current if not rows[each.position.id]["tombstone"]]
    documents = {cart.cart_id: cart for cart in carts.carts(deps.store, site, living, deps.clock.now_ms())}
    return [
        Told(each.position, "cart", encode(documents[each.position.id])) if each.position.id in documents
        else Told(each.position, "gone", encode(answers.Gone(cart_id=each.position.id, version=each.version)))
        for each in current
    ]  # fmt: skip


def gone_session(row: Row) -> answers.Gone:
    return answers.Gone(session_id=row["session_id"], superseded_by=row["superseded_by"] or None, version=row["version"])


# --- the operation -----------------------------------------------------------------------------------------------------------


def stream(call: Call) -> EventSourceResponse:
    channels = call.deps.channels
    if channels.readers >= READERS_MAX or channels.ended:
        why = "The process ends" if channels.ended else f"{READERS_MAX} readers are here already"
        raise Problem(503, "busy", f"{why}; come again", headers={"Retry-After": "2"})
    now_ms = settled_ms(call.deps)
    given = call.headers.get("last-event-id", "") or call.query["last_event_id"]
    begin = position_of(given, now_ms) if given else Position(now_ms)
    return EventSourceResponse(
        frames(call, begin, Position(now_ms)), headers=HEADERS, sep="\n", ping=0, send_timeout=60, shutdown_grace_period=GRACE_S
    )


def position_of(text: str, now_ms: int) -> Position:
    found = POSITION.fullmatch(text)
    at_ms = int(found[1]) if found else 0
    if found is None or at_ms > now_ms + AHEAD_MS:
        raise Problem(400, "position_unknown", f"{text[:100]!r} is no position of this stream; send the `id` of the last event you had, or none")
    if at_ms < now_ms - KEPT_MS:
        cure = "read what you need from /v1/sessions and /v1/carts, and begin again without a position"
        raise Problem(410, "position_too_old", f"The stream reaches seven days back, and {text[:100]!r} lies before that; {cure}")
    return min(Position(at_ms, found[2] or "", found[3] or ""), Position(now_ms))


async def frames(call: Call, begin: Position, now: Position) -> AsyncIterator[ServerSentEvent]:
    deps, name = call.deps, call.site.name

    def read(after: Position) -> Page:
        return page(deps, name, after)

    yield ServerSentEvent(comment=f"changes of {name}", id=str(begin), retry=RETRY_MS, sep="\n")
    checked = time.monotonic()
    async with aclosing(deps.channels.follow(name, begin, now, read, BEAT_S)) as pages:
        async for found in pages:
            if time.monotonic() - checked >= BEAT_S:
                problem = await to_thread.run_sync(refused, call, found.after, limiter=deps.threads)
                if problem is not None:
                    yield ServerSentEvent(event="error", data=encode(problem.error).decode(), sep="\n")
                    return
                checked = time.monotonic()
            if not found.told:
                yield ServerSentEvent(comment="nothing new", id=str(found.until), sep="\n")
            for each in found.told:
                yield ServerSentEvent(event=each.event, id=str(each.position), data=each.data.decode(), sep="\n")


def refused(call: Call, position: Position) -> Problem | None:
    """A key may be revoked while the stream is open; a reader may have fallen too far behind."""
    try:
        access.opened(call.deps, call.headers.get("authorization", ""), STREAM.scope)
        position_of(str(position), call.deps.clock.now_ms())
    except Problem as problem:
        return problem
    return None


STREAM = Operation(
    "GET", "/v1/stream", "read", "Changes of sessions and carts as they happen, as Server-Sent Events", stream, answers.Gone,
    (Parameter("last_event_id", "Go on after this event; the header Last-Event-ID does the same, and counts where both are given"),),
    problems=(400, 410), media="text/event-stream",
)  # fmt: skip
OPERATIONS: tuple[Any, ...] = (STREAM,)
