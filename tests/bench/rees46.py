"""The first hours of a large shop: who was in the shop at a moment, with or without a cart, and whether they ordered in the rest of the window.

in   REES46 (eCommerce behavior data from multi category store, REES46 Marketing Platform), ../shared/data/rees46
out  Moments, fitted and held out; the window ends at 02:50, so "the rest" is 20 to 40 minutes
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tests.bench.logistic import chance, fit
from tests.tracker.importing import rees46
from tracker.clock import ms_of_iso

MINUTE_MS = 60_000
MOMENTS_MIN = range(130, 155, 5)
WITHIN_MIN = 60
NAMES = ("BASE", "cart", "ordered before", "idle 2-5 min", "idle 5-10 min", "idle 10 min and more")


@dataclass(frozen=True, slots=True)
class Moment:
    user: int
    has_cart: bool
    has_ordered: bool
    idle_min: float
    is_bought: bool

    @property
    def features(self) -> list[float]:
        idle = self.idle_min
        return [1.0, float(self.has_cart), float(self.has_ordered), float(2 < idle <= 5), float(5 < idle <= 10), float(idle > 10)]


def moments() -> Iterator[Moment]:
    history: dict[int, list[tuple[float, str]]] = defaultdict(list)
    with rees46().open() as file:
        for row in csv.DictReader(file):
            at_ms = ms_of_iso(row["event_time"].removesuffix(" UTC").replace(" ", "T") + "Z")
            history[int(row["user_id"])].append((at_ms / MINUTE_MS, row["event_type"]))
    begun = min(events[0][0] for events in history.values())
    for user, events in sorted(history.items()):
        acts = sorted((at - begun, kind) for at, kind in events)
        for moment in MOMENTS_MIN:
            past = [act for act in acts if act[0] <= moment]
            if past and moment - past[-1][0] <= WITHIN_MIN:
                yield told(user, past, moment, any(kind == "purchase" for at, kind in acts if at > moment))


def told(user: int, past: list[tuple[float, str]], moment: float, is_bought: bool) -> Moment:
    bought, put = (max((at for at, kind in past if kind == wanted), default=-1.0) for wanted in ("purchase", "cart"))
    return Moment(user, put > bought, bought >= 0, moment - past[-1][0], is_bought)


def of(held_out: bool) -> list[Moment]:
    return [moment for moment in moments() if (moment.user % 5 == 0) == held_out]


def weights(held_out: bool) -> dict[str, float]:
    found = of(held_out)
    features, happened = np.array([moment.features for moment in found]), np.array([float(moment.is_bought) for moment in found])
    return dict(zip(NAMES, fit(features, happened, np.ones(len(found)), ridge=0.1).tolist(), strict=True))


def judged(known: Mapping[str, float]) -> tuple[list[float], list[int], list[int]]:
    found = of(held_out=True)
    said = chance(np.array([moment.features for moment in found]), np.array(list(known.values())))
    return said.tolist(), [int(moment.is_bought) for moment in found], [1] * len(found)


def without_order() -> float:
    """The share that ordered of those who had not, with nothing in the cart."""
    found = [moment for moment in moments() if not (moment.has_cart or moment.has_ordered)]
    return sum(moment.is_bought for moment in found) / len(found)
