"""The search for cycles, switched off around work that makes very many objects and no cycles: one switch for all threads of the process."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Switch:
    lock: threading.Lock = field(default_factory=threading.Lock)
    off_for: int = 0  # works under way
    was_on: bool = True


SWITCH = Switch()


@contextmanager
def no_collection() -> Iterator[None]:
    """Looking for cycles in a million new objects, again and again, costs a quarter of the time. The last work to end switches it on again."""
    with SWITCH.lock:
        if SWITCH.off_for == 0:
            SWITCH.was_on = gc.isenabled()
            gc.disable()
        SWITCH.off_for += 1
    try:
        yield
    finally:
        with SWITCH.lock:
            SWITCH.off_for -= 1
            if SWITCH.off_for == 0 and SWITCH.was_on:
                gc.enable()
