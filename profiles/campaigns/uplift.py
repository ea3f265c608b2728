"""What a cell did more than the hold-out, how sure that is, and when it is too early to tell.

in   how many of how many ordered in both; sums of what they were worth
out  Difference: the figure, its 95 % interval, a verdict

Two shares: Newcombe's interval for their difference, made of two Wilson intervals (R. G. Newcombe, Interval estimation for the difference between
independent proportions, Statistics in Medicine 17, 1998, 873-890, method 10): right with few orders too, and it never leaves -1 … 1.
Two means: Welch's t interval, unequal variances. How many are needed: Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed.,
formula 4.14.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal

Verdict = Literal["more", "fewer", "too_early"]
CONFIDENCE, POWER = 0.95, 0.80
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
Z_POWER = NormalDist().inv_cdf(POWER)
EXPECTED_MIN = 5  # below that many expected, a share is too coarse to compare (Cochran's rule)
BUYERS_MIN = 30  # below that many amounts, their mean is not told apart


@dataclass(frozen=True, slots=True)
class Share:
    count: int
    people: int

    @property
    def rate(self) -> float:
        return self.count / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Amounts:
    """Of `people`, `payers` paid; those who paid nothing count with 0."""

    people: int
    payers: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        return max(0.0, (self.squares - self.people * self.mean**2) / (self.people - 1)) if self.people > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """`low` and `high` are None where nothing can be said; `needed`: so many more people, in both cells together, where that can be reckoned."""

    difference: float
    low: float | None
    high: float | None
    verdict: Verdict
    needed: int | None = None


def of_shares(cell: Share, hold_out: Share) -> Difference:
    """Too early: fewer than 5 expected of what happened, or of what did not, in either; or the interval holds 0."""
    difference = cell.rate - hold_out.rate
    if not cell.people or not hold_out.people:
        return Difference(difference, None, None, "too_early")
    low, high = newcombe(cell, hold_out)
    short = people_short(cell, hold_out)
    if short != 0:
        return Difference(difference, low, high, "too_early", None if short is None else max(short, still_needed(cell, hold_out) or 0))
    verdict = verdict_of(low, high)
    return Difference(difference, low, high, verdict, still_needed(cell, hold_out) if verdict == "too_early" else None)


def of_means(cell: Amounts, hold_out: Amounts) -> Difference:
    """Too early: fewer than 30 paid in either, or the interval holds 0."""
    difference = cell.mean - hold_out.mean
    if min(cell.people, hold_out.people) < 2:
        return Difference(difference, None, None, "too_early")
    low, high = welch(cell, hold_out)
    enough = min(cell.payers, hold_out.payers) >= BUYERS_MIN
    return Difference(difference, low, high, verdict_of(low, high) if enough else "too_early")


def verdict_of(low: float, high: float) -> Verdict:
    return "more" if low > 0 else "fewer" if high < 0 else "too_early"


# --- intervals ---------------------------------------------------------------------------------------------------------------


def wilson(share: Share) -> tuple[float, float]:
    n, p = share.people, share.rate
    middle, half = p + Z**2 / (2 * n), Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return max(0.0, (middle - half) / (1 + Z**2 / n)), min(1.0, (middle + half) / (1 + Z**2 / n))


def newcombe(one: Share, other: Share) -> tuple[float, float]:
    (low_1, high_1), (low_2, high_2) = wilson(one), wilson(other)
    difference = one.rate - other.rate
    below = sqrt((one.rate - low_1) ** 2 + (high_2 - other.rate) ** 2)
    above = sqrt((high_1 - one.rate) ** 2 + (other.rate - low_2) ** 2)
    return difference - below, difference + above


def welch(one: Amounts, other: Amounts) -> tuple[float, float]:
    error_1, error_2 = one.variance / one.people, other.variance / other.people
    error = error_1 + error_2
    if not error:
        return one.mean - other.mean, one.mean - other.mean
    freedom = error**2 / (error_1**2 / (one.people - 1) + error_2**2 / (other.people - 1))
    half = student(freedom) * sqrt(error)
    return one.mean - other.mean - half, one.mean - other.mean + half


def student(freedom: float) -> float:
    """The 97.5 % point of Student's t by its expansion in 1/freedom (Abramowitz and Stegun 26.7.5); from 5 on right to 0.1 %."""
    z, n = Z, freedom
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160
    return z + first / n + second / n**2 + third / n**3 + fourth / n**4


# --- how many are needed -----------------------------------------------------------------------------------------------------


def people_short(cell: Share, hold_out: Share) -> int | None:
    """How many people are missing, at this rate and division, until 5 orders and 5 without are expected in the smaller cell.

    Where nobody ordered, or everybody, no rate is known: None.
    """
    together = cell.people + hold_out.people
    rate = (cell.count + hold_out.count) / together
    rarer, smaller = min(rate, 1 - rate), min(cell.people, hold_out.people)
    if not rarer:
        return None
    return max(0, ceil(EXPECTED_MIN / rarer * together / smaller) - together)


def still_needed(cell: Share, hold_out: Share) -> int | None:
    """How many more people show, 4 times of 5, a difference as large as it looks now; None where there is none."""
    p, q, ratio = cell.rate, hold_out.rate, hold_out.people / cell.people
    if p == q:
        return None
    both = (p + ratio * q) / (1 + ratio)
    spread = Z * sqrt((1 + 1 / ratio) * both * (1 - both)) + Z_POWER * sqrt(p * (1 - p) + q * (1 - q) / ratio)
    in_cell = (spread / (p - q)) ** 2
    return max(0, ceil(in_cell * (1 + ratio)) - cell.people - hold_out.people)
