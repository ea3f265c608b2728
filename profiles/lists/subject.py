"""What a subject of lists is to the one that reads them, and what all of them do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from profiles import lifecycle, sessions
from profiles.answers import Item
from profiles.conditions import Conditions, Facts
from profiles.lists.answers import Member, Reason
from profiles.lists.definition import REASONS
from tracker.sites import Site
from tracker.store import Row, Store, load

MARK_ROWS = 1024  # carts_marks.sql
Found = tuple[Any, Facts]  # the row as its subject knows it


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what, and when."""

    store: Store
    site: Site
    conditions: Conditions
    now_ms: int

    @property
    def names(self) -> frozenset[str]:
        """The fields that the conditions ask for."""
        return frozenset(condition.field.name for condition in self.conditions.each())

    def mentions(self, *names: str) -> bool:
        return not self.names.isdisjoint(names)


def unmarked(asking: Asking, after: str) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Subject:
    """`query` finds rows, each a JSON object of the type `row`, and `query`_count counts them by currency and reasons.

    A row has at least id, place, owner_keys, value, currency and reasons. `facts` and `members` take a page at a time. `parameters` are those that no
    other subject has; `place` are those for where to go on and, where there are `marks`, where to stop.
    `marks`: places in order, some MARK_ROWS rows apart.
    """

    query: str
    row: type[Any]
    facts: Callable[[Asking, Sequence[Any]], list[Facts]]
    members: Callable[[Asking, Sequence[Found]], list[Member]]
    parameters: Callable[[Asking], Row]
    place: Callable[[str, str], Row]
    marks: Callable[[Asking, str], list[str]] = unmarked


@cache
def reasons_of(bits: int) -> list[Reason]:
    return [reason for bit, reason in enumerate(REASONS) if bits >> bit & 1]


def named(items: list[Item]) -> list[Item]:
    """A name that nobody gave is null, as on the cart itself."""
    for item in items:
        item.name = item.name or None
    return items


def stages(asking: Asking, moments: Iterable[tuple[str, int]]) -> list[str | None]:
    """The life-cycle stage of each customer at each moment; None where there is no such customer."""
    wanted = list(moments)
    lives = sessions.lives(asking.store, asking.site, (customer_id for customer_id, _ in wanted))
    site_rhythm = rhythm(asking)
    return [lifecycle.lifecycle(lives[who], site_rhythm, at_ms).stage if who in lives else None for who, at_ms in wanted]


def rhythm(asking: Asking) -> lifecycle.Rhythm:
    row = asking.store.rows(load("profiles", "site_rhythm"), site=asking.site.name)[0]
    return lifecycle.site_rhythm(row["intervals"], row["rhythm_ms"])
