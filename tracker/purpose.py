"""Why a visitor came: purpose.toml, once, for the SQL that scores a session and for the sentences that explain it.

in   figures of a session: whole numbers, by name
out  points, and from points the three scores, which sum to 1
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

Side = Literal["purchase", "browsing", "information"]
SIDES: tuple[Side, ...] = get_args(Side)
POINTS_PER_LOGIT = 10
Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence: what a figure says for one side."""

    side: Side
    figure: str
    points: tuple[int, ...]  # for 0, 1, 2, …; the last counts for all above
    rests_on: str  # REES46 | UCI | judgement | rule
    why: str

    def of(self, figure: int) -> int:
        return self.points[min(figure, len(self.points) - 1)]


@dataclass(frozen=True, slots=True)
class Scores:
    information: float
    browsing: float
    purchase: float


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    figures: Mapping[str, str]  # what each counts
    start: Mapping[str, int]
    pieces: tuple[Piece, ...]

    def points(self, figures: Figures, *names: str) -> dict[Side, int]:
        """What these figures say for each side; without names all of them."""
        summed: dict[Side, int] = dict.fromkeys(SIDES, 0)
        for piece in self.pieces:
            if not names or piece.figure in names:
                summed[piece.side] += piece.of(figures[piece.figure])
        return summed

    def scores(self, figures: Figures) -> Scores:
        """Two questions, each a logistic: to buy? and if not, to look around rather than to find something out?"""
        points = self.points(figures)
        purchase = rounded(logistic(self.start["purchase"] + points["purchase"]))
        information = rounded((1 - purchase) * logistic(points["information"] - self.start["browsing"] - points["browsing"]))
        return Scores(information, rounded(1 - purchase - information), purchase)

    def parameters(self) -> dict[str, Any]:
        """As sessions.sql takes them: {purchase_cart_added:Array(Int16)} and so on."""
        start = {f"{side}_start": points for side, points in self.start.items()}
        return {"purpose_model": self.name} | start | {f"{piece.side}_{piece.figure}": list(piece.points) for piece in self.pieces}


def rounded(score: float) -> float:
    """Four places, the way the database does it: where it lies in the middle, to the even one."""
    return round(score * 10_000) / 10_000


def logistic(points: float) -> float:
    return 1 / (1 + math.exp(-points / POINTS_PER_LOGIT))


@cache
def model() -> Model:
    told = tomllib.loads(resources.files("tracker").joinpath("purpose.toml").read_text())
    pieces = (
        Piece(side, figure, tuple(piece["points"]), piece["from"], piece["why"])
        for side in SIDES for figure, piece in told[side].items()
    )  # fmt: skip
    return Model(told["model"], told["figures"], told["start"], tuple(pieces))
