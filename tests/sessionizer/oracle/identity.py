"""Who a visitor was, when (docs/sessions.md).

in   the events of a visitor, in order of time
out  claims: spans of time, each with its customer and the log-in that says so
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.sessionizer.oracle.events import Event, Rules, visitors_of

FOREVER = 4_102_444_800_000
BEFORE_ALL = -(10**15)


@dataclass(frozen=True)
class Claim:
    customer: str
    since: int  # the earlier time that is claimed begins here …
    until: int  # … and the customer is somebody else from here on
    identified: int  # the log-in itself
    how: str
    event_id: str


def claims_of_visitor(events: Iterable[Event], rules: Rules) -> list[Claim]:
    found: list[Claim] = []
    free_since = BEFORE_ALL  # the last log-out: what was before it is another person's
    logged_in = False
    for e in events:
        if e.type == "logout":
            # "until `logout`"
            if logged_in:
                found[-1] = replace(found[-1], until=e.at)
            free_since, logged_in = e.at, False
        elif e.type == "identify":
            if logged_in and found[-1].customer == e.customer:
                continue  # who is logged in says so again: nothing new
            if logged_in:
                # "or another `identify`"
                found[-1] = replace(found[-1], until=e.at)
                since = e.at
            else:
                # "claims earlier anonymous sessions back to the previous customer's `logout`, at most 30 days"
                since = max(free_since, e.at - rules.claim_back_ms)
            found.append(Claim(e.customer, since, FOREVER, e.at, e.props.get("how", ""), e.id))
            logged_in = True
    return [claim for claim in found if claim.since < claim.until]


class Identity:
    """All claims of a site."""

    def __init__(self, events: Iterable[Event], rules: Rules) -> None:
        self.claims = {visitor: claims_of_visitor(acts, rules) for visitor, acts in visitors_of(events).items()}

    def who(self, visitor: str, at: int) -> str:
        """The customer a visitor was at a time, as known from all events; '' = nobody knows."""
        return next((c.customer for c in self.claims.get(visitor, []) if c.since <= at < c.until), "")

    def of_session(self, visitor: str, started: int, ended: int) -> Claim | None:
        """0005: the customer whose log-in happened in or before the session, else the one who claimed its time later."""
        there = [c for c in self.claims.get(visitor, []) if c.since <= ended and started < c.until]
        logged_in = [c for c in there if c.identified <= ended]
        later = [c for c in there if c.since < ended or c.since <= started]
        return next(reversed(logged_in or later), None)
