"""Reasons to leave somebody out that no row tells by itself: robots, and who was contacted already. Asked once for a whole list.

in   a Definition; tables `sessions`, and the contacts of campaigns
out  bits by their place in answers.Reason
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiles.lists.definition import REASONS, Definition
from profiles.lists.subject import Asking
from tracker.store import load

DAY_MS = 86_400_000
ROBOT, LATELY = (1 << REASONS.index(reason) for reason in ("quarantined", "contacted_lately"))  # on_another_list is the bit after lately


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`contacted`: by the keys of 0010_lists.sql what is told of each, as contact_keys.sql says it. A number a person, whatever they are called."""

    robots: frozenset[str]
    contacted: Mapping[int, int]

    def of(self, row: Any) -> int:
        """`row` as its subject knows it."""
        told = 0
        for key in row.owner_keys:
            told |= self.contacted.get(key, 0)
        return told * LATELY | (ROBOT if row.id in self.robots else 0)  # of carts; the other subjects' rows tell it themselves


def left_out_by(asking: Asking, definition: Definition, *, ended: bool) -> LeftOut:
    """`ended`: carts that have ended may be among what is found."""
    settings, site = definition.suppression, asking.site.name
    contacts = asking.store.rows(
        load("profiles.lists", "contact_keys"), site=site, list_id=definition.list_id, now_ms=asking.now_ms,
        contacted_lately="contacted_lately" in settings.reasons, on_another_list="on_another_list" in settings.reasons,
        contacted_ms=asking.now_ms - settings.contacted_days * DAY_MS,
    )[0]  # fmt: skip
    robots = asking.store.rows(load("profiles.lists", "robots"), site=site, ended=ended)[0]["ids"] if definition.subject == "cart" else []
    return LeftOut(frozenset(robots), dict(zip(contacts["keys"], contacts["marks"], strict=True)))
