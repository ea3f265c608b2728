"""Logistic regression by counts: so many of so many alike, and what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fit(features: Floats, happened: Floats, of: Floats, *, ridge: float = 1e-3) -> Floats:
    """The weights that make what happened most likely (Newton's method); the first column of `features` should be ones."""
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        likely = chance(features, weights)
        slope = features.T @ (happened - of * likely) - ridge * weights
        bend = (features * (of * likely * (1 - likely))[:, None]).T @ features + ridge * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            return weights
    raise SystemExit("The fit did not settle")


def chance(features: Floats, weights: Floats) -> Floats:
    made: Floats = 1 / (1 + np.exp(-features @ weights))
    return made


def auc(scores: Sequence[float], happened: Sequence[int], of: Sequence[int]) -> float:
    """How often one to whom it happened has the higher score than one to whom it did not; a tie is half."""
    below = ranked = 0.0
    by_score: dict[float, tuple[int, int]] = {}
    for score, yes, all_ in zip(scores, happened, of, strict=True):
        so_far = by_score.get(score, (0, 0))
        by_score[score] = so_far[0] + yes, so_far[1] + all_ - yes
    for score in sorted(by_score):
        yes, no = by_score[score]
        ranked += yes * (below + no / 2)
        below += no
    return ranked / (below * sum(happened))
