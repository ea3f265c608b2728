"""A part that fails says so, waits and goes on: nothing in a running product ends because the database did."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable

from tracker.errors import StoreDown
from tracker.failures import FAILURES

log = logging.getLogger("tracker.parts")

WAIT_MIN_S, WAIT_MAX_S = 1.0, 30.0


def keep_going(name: str, work: Callable[[], None], stop: threading.Event) -> None:
    """Calls `work` until it is stopped; after a failure a little later each time, unless it had gone well for a while."""
    wait_s = WAIT_MIN_S
    while not stop.is_set():
        began = time.monotonic()
        try:
            work()
        except StoreDown as error:
            FAILURES.note(name, error)
            log.warning("%s: the database does not answer (%s); trying again in %.0f s", name, error, wait_s)
        except Exception as error:  # a part that died silently would be worse: it is said, counted, and tried again
            FAILURES.note(name, error)
            log.exception("%s failed; trying again in %.0f s", name, wait_s)
        if time.monotonic() - began > 2 * WAIT_MAX_S:
            wait_s = WAIT_MIN_S
        stop.wait(wait_s)
        wait_s = min(wait_s * 2, WAIT_MAX_S)


def stop_on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
