"""The form of purpose-1, fitted: points per figure that change at a few steps, and nothing else.

in   figures, what really happened, the steps; where more of something may never count less, its steps are held at 0 or above (or below)
out  whole points (tenths of log-odds)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

from tracker.purpose import POINTS_PER_LOGIT, model

Floats = npt.NDArray[np.float64]
RIDGE = 1.0  # pulls what few visits say towards nothing


@dataclass(frozen=True, slots=True)
class Steps:
    """Where the points of a figure may change. sign: 1 = never down, -1 = never up, 0 = either."""

    at: tuple[int, ...]
    sign: int = 1

    def bound(self) -> tuple[float | None, float | None]:
        return {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[self.sign]


Form = dict[str, Steps]
# The pieces of purpose.toml that rest on data, with the steps they may have.
UCI: Form = {"product_views": Steps((2, 4, 7, 10)), "attention_min": Steps((1, 3, 5, 10)), "identified": Steps((1,)), "is_new": Steps((1,), 0)}
REES46: Form = {"cart_added": Steps((1, 2)), "wandering": Steps((2, 3, 5), -1)}


@dataclass(frozen=True, slots=True)
class Fitted:
    form: Form
    start: int
    rises: tuple[int, ...]  # points at each step, figure after figure

    def points(self) -> dict[str, list[int]]:
        """As purpose.toml writes them: for 0, 1, 2, …"""
        rises = iter(self.rises)
        told = {}
        for figure, steps in self.form.items():
            at = dict(zip(steps.at, [next(rises) for _ in steps.at], strict=True))
            cumulated = np.cumsum([at.get(number, 0) for number in range(steps.at[-1] + 1)]).tolist()
            while len(cumulated) > 2 and cumulated[-1] == cumulated[-2]:
                cumulated.pop()
            told[figure] = cumulated
        return told

    def summed(self, frame: pd.DataFrame) -> Floats:
        found: Floats = matrix(frame, self.form) @ np.array(self.rises, dtype=np.float64) + self.start
        return found


def matrix(frame: pd.DataFrame, form: Form) -> Floats:
    return np.column_stack([frame[figure].to_numpy() >= step for figure, steps in form.items() for step in steps.at]).astype(np.float64)


def fit(frame: pd.DataFrame, form: Form, given: Floats | float = 0.0) -> Fitted:
    """Logistic regression on the steps, beside points that are given already, rounded to whole points."""
    x, y = matrix(frame, form), frame["bought"].to_numpy(dtype=np.float64)
    w = frame["weight"].to_numpy(dtype=np.float64)

    def loss(b: Floats) -> tuple[float, Floats]:
        z = x @ b[1:] + b[0] + given / POINTS_PER_LOGIT
        off = w * (1 / (1 + np.exp(-z)) - y)
        value = float((w * (np.logaddexp(0, z) - y * z)).sum() + RIDGE / 2 * (b[1:] ** 2).sum())
        return value, np.concatenate(([off.sum()], x.T @ off + RIDGE * b[1:]))

    bounds: list[Any] = [(None, None), *(steps.bound() for steps in form.values() for _ in steps.at)]
    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Fitted(form, round(found[0] * POINTS_PER_LOGIT), tuple(int(point) for point in np.rint(found[1:] * POINTS_PER_LOGIT)))



def probability(points: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-points / POINTS_PER_LOGIT))
    return found


def shipped(frame: pd.DataFrame, figures: Iterable[str]) -> Floats:
    """The points of purpose.toml for purchase, of these figures alone."""
    summed = np.full(len(frame), float(model().start["purchase"]))
    for piece in model().pieces:
        if piece.side == "purchase" and piece.figure in figures:
            summed += np.array(piece.points)[np.minimum(frame[piece.figure].to_numpy(dtype=int), len(piece.points) - 1)]
    return summed


def calibration(found: Floats, happened: npt.NDArray[Any], groups: int = 10) -> list[str]:
    """A line for each of as many equal parts, from the least likely on: what was said, what happened."""
    order = np.argsort(found, kind="stable")
    return [
        f"  part {number:2} of {groups}: said {found[part].mean():6.1%}, bought {happened[part].mean():6.1%} of {len(part):,}"
        for number, part in enumerate(np.array_split(order, groups), 1)
    ]
