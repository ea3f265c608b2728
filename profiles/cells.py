"""Which test cell a person falls into: the same one for ever, whoever asks and wherever.

in   a salt (what is tested), a person's key, the shares of the cells
out  the number of the cell

The point of a person is the first 64 bits of SHA-256 over both, so that two tests divide the same people independently of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate

POINTS = 2**64


def cell_of(salt: str, person: str, shares: Sequence[int]) -> int:
    """Shares are whole numbers of any sum (45, 45, 10); a share of 0 gets nobody. Raises ValueError where they divide nothing.

    A cell that stands behind the others may grow or shrink at the cost of its neighbour only: the others keep their people.
    """
    total = sum(shares)
    if total <= 0 or min(shares) < 0:
        raise ValueError(f"shares are {list(shares)}; give whole numbers of 0 or more, at least one of them above 0")
    point = point_of(salt, person) * total // POINTS
    return next(index for index, limit in enumerate(accumulate(shares)) if point < limit)


def point_of(salt: str, person: str) -> int:
    """From 0 to 2^64 - 1. The length of the salt is hashed along, so that `a` + `bc` is not `ab` + `c`."""
    return int.from_bytes(sha256(f"{len(salt)}:{salt}:{person}".encode()).digest()[:8], "big")
