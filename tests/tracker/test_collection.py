"""The search for cycles is off while anybody works that asked for it, and on again after the last one, in whatever order they end."""

from __future__ import annotations

import gc
from contextlib import ExitStack

from tracker.collection import no_collection


def test_works_that_overlap_leave_the_search_on_when_the_last_one_ends() -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(no_collection())
    second.enter_context(no_collection())
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()


def test_where_the_search_was_off_before_it_stays_off() -> None:
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
