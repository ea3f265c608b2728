"""How much of a fault: a little with every `make test`, a lot with `make faults` (FAULTS=long)."""

from __future__ import annotations

import os

LONG = os.environ.get("FAULTS") == "long"


def size(short: int, long: int) -> int:
    return long if LONG else short
