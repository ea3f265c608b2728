"""Where sessions begin and end, and what is in them (docs/sessions.md).

in   the events of one visitor, in order of time
out  Session: its bounds and its events
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.sessionizer.oracle.events import HOUR, Event, Rules
from tests.sessionizer.oracle.sources import campaign_of, is_provider

NO_ACTIVITY = {"consent", "order_watermark", "order_updated", "customer_update", "release"}  # beside all that a server tells


@dataclass
class Session:
    visitor: str
    started: int
    ended: int
    events: list[Event] = field(default_factory=list)

    def of_type(self, *types: str) -> list[Event]:
        return sorted((e for e in self.events if e.type in types), key=lambda e: (e.at, e.id))


def sessions_of_visitor(events: Iterable[Event], rules: Rules) -> list[Session]:
    events = list(events)
    views = page_views(events)
    activity = [e for e in events if is_activity(e, views)]
    about = [e for e in events if is_about(e, views)]
    until = {e.id: visible_until(e, [a for a in activity + about if views.get(a.page) is e], rules) for e in activity}
    found: list[Session] = []
    for run in runs(activity, until, rules):
        found += pieces(run, until, rules)
    for session, following in pairwise(found):
        # only where a campaign split the visit may a page before it be open still: one moment is never in two sessions
        session.ended = max(session.events[-1].at, min(session.ended, following.started - 1))
    home = {e.id: session for session in found for e in session.events}
    for e in about:
        # "they belong to its session"
        home[views[e.page].id].events.append(e)
    for e in events:
        if not is_activity(e, views) and not is_about(e, views):
            # "attach to the session in whose time they fall, else to none"
            for s in found:
                s.events += [e] if s.started <= e.at <= s.ended else []
    return found


def page_views(events: Iterable[Event]) -> dict[str, Event]:
    views: dict[str, Event] = {}
    for e in events:
        if e.type == "page_view" and e.page and not e.by_server:
            views.setdefault(e.page, e)
    return views


def is_activity(e: Event, views: dict[str, Event]) -> bool:
    """Activity = what the visitor does in the browser; rows about a page only "where their page view is unknown"."""
    return not e.by_server and e.type not in NO_ACTIVITY and not is_about(e, views)


def is_own_act(e: Event) -> bool:
    """What the visitor did, as against what the tag tells about a page."""
    return not e.by_server and e.type not in NO_ACTIVITY and e.type not in ("content", "engagement")


def is_about(e: Event, views: dict[str, Event]) -> bool:
    return e.type in ("content", "engagement") and e.page in views and not e.by_server


def visible_until(view: Event, rows: list[Event], rules: Rules) -> int:
    """0005: visible as long as its rows follow each other within the gap; a later one proves what it measured, at most 24 h, not beyond its time."""
    until = last = view.at
    unbroken = True
    for row in sorted((row for row in rows if row.at >= view.at), key=lambda row: row.at):
        unbroken = unbroken and row.at - last <= rules.gap_ms
        last = max(last, row.at)
        measured = max(row.row.get("engaged_ms", 0), row.row.get("seen_ms", 0)) if row.type in ("content", "engagement") else 0
        until = max(until, row.at if unbroken else min(row.at, view.at + min(24 * HOUR, measured)))
    return until


def runs(activity: list[Event], until: dict[str, int], rules: Rules) -> Iterable[list[Event]]:
    """ "A session ends after more than 30 min without activity." """
    run: list[Event] = []
    last, last_campaign = 0, ""
    for e in activity:
        allowed = max(rules.gap_ms, rules.provider_ms) if is_provider(e) else rules.gap_ms
        is_silence = e.at - last > allowed
        campaign = campaign_of(e) if rules.campaign_splits else ""
        is_new = campaign not in ("", last_campaign) and bool(run) and e.at > run[0].at  # what begins in one millisecond is not split
        if run and (is_silence or is_new):  # "a new campaign splits only if the site says so"
            yield run
            run = []
        last_campaign = campaign or ("" if is_silence else last_campaign)
        last = max(last, until[e.id])
        run.append(e)
    if run:
        yield run


def pieces(run: list[Event], until: dict[str, int], rules: Rules) -> list[Session]:
    """ "Cut every 24 h, counted from the run's first event"; 0005: exactly 24 h stays whole, and no session outlasts its piece."""
    start = run[0].at
    found: dict[int, Session] = {}
    for e in run:
        number = max(0, (e.at - start - 1) // rules.cap_ms)
        session = found.setdefault(number, Session(e.visitor, e.at, e.at))
        session.events.append(e)
        session.ended = max(session.ended, min(until[e.id], start + (number + 1) * rules.cap_ms))
    return list(found.values())


def ladder(session: Session, *kinds: str) -> dict[tuple[str, str], dict[str, Any]]:
    """4.2: cumulative per (page id, kind, content_id), highest wins; a session adds its pages up."""
    measures = ("seen_ms", "touched_ms", "touches", "clicks")
    highest: dict[tuple[str, str, str], dict[str, int]] = {}
    for e in session.of_type("content"):
        if e.row["kind"] in kinds:
            best = highest.setdefault((e.page, e.row["kind"], e.row["content_id"]), dict.fromkeys(measures, 0))
            for m in measures:
                best[m] = max(best[m], e.row.get(m, 0))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for (_, kind, content_id), best in highest.items():
        total = found.setdefault((kind, content_id), dict.fromkeys(measures, 0))
        for m in measures:
            total[m] += best[m]
    return {thing: total for thing, total in found.items() if any(total.values())}  # 0005: what was never in view was not looked at


def engaged_ms(session: Session) -> int:
    """4.2: cumulative for the page id, highest wins."""
    highest: dict[str, int] = {}
    for e in session.of_type("engagement"):
        highest[e.page] = max(highest.get(e.page, 0), e.row.get("engaged_ms", 0))
    return sum(highest.values())
