"""A real ClickHouse server that is killed, away or deaf: nothing is lost, nothing doubled, and what waits stays small."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.far import Far
from tests.faults.sizes import size
from tracker.errors import StoreDown
from tracker.store import PULSE_S

SEED = 4


def test_a_server_killed_in_the_middle_of_inserts_has_every_row_once(far: Far) -> None:
    random.seed(SEED)
    for _ in range(size(4, 100)):
        far.spool(size(6, 12))
        with far.draining():
            far.more_moved(random.randint(0, 4))
            far.server.kill()
            far.server.start()
    far.drained(size(120, 3600))
    far.verdict()


def test_an_insert_that_a_stopped_server_does_not_answer_is_given_up_and_sent_again_under_its_token(far: Far) -> None:
    far.spool(3)
    with far.impatient() as writer:
        far.server.pause()
        with pytest.raises(StoreDown, match="timed out"):
            writer.drain()
        far.server.resume()
    far.drained()
    far.verdict()


def test_a_connection_into_a_hole_is_given_up_and_what_was_in_it_counts_once(far: Far) -> None:
    """The first request arrives late, after it was given up and while it is sent again."""
    far.spool(3)
    with far.impatient() as writer:
        far.proxy.switch("hole")
        with pytest.raises(StoreDown, match="timed out"):
            writer.drain()
        far.proxy.switch("none")
    far.drained()
    far.verdict()


def test_a_sign_of_life_waits_for_a_deaf_server_a_few_seconds_only(far: Far) -> None:
    """The supervisor ends a process that is silent for thirty."""
    far.server.pause()
    with pytest.raises(StoreDown, match=f"read timeout={PULSE_S}"):
        far.store.ask_engine()
    far.server.resume()
    far.store.ask_engine()


def test_a_deaf_server_costs_no_memory(far: Far) -> None:
    """Many large segments wait; of all tries together no more than one stays."""
    far.spool(3, lines=5000)
    tried: list[int] = []
    with far.impatient() as writer:
        far.proxy.switch("hole")
        for _ in range(size(3, 30)):
            assert not far.is_drained(writer)
            tried.append(resident_bytes())
        far.proxy.switch("none")
    assert max(tried) - tried[0] < 50 * 1024 * 1024
    far.drained()
    far.verdict()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
