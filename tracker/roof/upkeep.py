"""What is thrown away by age beside the database, which has TTLs of its own: damaged pieces of the spools.

in   spools
out  the same, without pieces that were set aside long ago
They hold what visitors sent, so they are kept for a look and not for ever (docs/privacy.md).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger("tracker.upkeep")

DAY_S = 86_400.0
KEPT_S = 90 * DAY_S


def daily(spools: Sequence[Path], stop: threading.Event) -> None:
    """Until stopped."""
    while not stop.is_set():
        purge(spools, time.time())
        stop.wait(DAY_S)


def purge(spools: Sequence[Path], now_s: float) -> list[Path]:
    """Returns what was thrown away."""
    gone = []
    for piece in (piece for spool in spools for piece in sorted((spool / "quarantine").glob("*"))):
        with contextlib.suppress(OSError):  # somebody looks after it by hand
            if piece.is_file() and now_s - piece.stat().st_mtime > KEPT_S:
                piece.unlink()
                gone.append(piece)
    if gone:
        log.info("%d damaged pieces of the spool are older than %d days and were thrown away", len(gone), KEPT_S // DAY_S)
    return gone
