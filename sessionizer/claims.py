"""Who a visitor was, and when (docs/sessions.md).

in   the identify and logout events of one visitor
out  [Claim], oldest first, never overlapping
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sessionizer.model import FOREVER_MS, Event, in_order


@dataclass(frozen=True, slots=True)
class Claim:
    """The visitor was this customer from from_ms until just before until_ms, because of this event."""

    from_ms: int
    until_ms: int
    customer_id: str
    identified_at_ms: int
    how: str
    event_id: str

    def covers(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.until_ms


def claims(events: Iterable[Event], claim_back_s: int) -> list[Claim]:
    """An identify binds until a logout or until another customer is named, and claims the anonymous time before it.

    That time reaches back to the end of the previous customer, at most claim_back_s.
    Naming the same customer again changes nothing. A logout ends a person's time even where nobody saw the log-in.
    Ids that are no ids were refused at the door; an empty one is ignored.
    """
    done: list[Claim] = []
    current: Claim | None = None
    free_since = 0
    for event in sorted(events, key=in_order):
        if event.type == "logout":
            if current is not None:
                done.append(replace(current, until_ms=event.at_ms))
            current, free_since = None, event.at_ms
        elif event.type == "identify" and event.customer_id and (current is None or current.customer_id != event.customer_id):
            if current is not None:
                done.append(replace(current, until_ms=event.at_ms))
                free_since = event.at_ms
            since = max(free_since, event.at_ms - claim_back_s * 1000)
            how = event.properties().get("how")
            current = Claim(since, FOREVER_MS, event.customer_id, event.at_ms, how if isinstance(how, str) else "other", event.event_id)
    if current is not None:
        done.append(current)
    return [claim for claim in done if claim.from_ms < claim.until_ms]


def customer_at(found: list[Claim], at_ms: int) -> str:
    """The customer who covers this moment; '' = nobody known."""
    for claim in found:
        if claim.covers(at_ms):
            return claim.customer_id
    return ""
