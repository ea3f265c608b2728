"""A bad network between the writer and a real ClickHouse server: every event is stored once, and counted once in all that follows from it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.far import Far
from tests.faults.proxy import Fault
from tests.faults.sizes import size
from tests.product import until
from tracker.errors import StoreDown
from tracker.writer import Writer


@pytest.mark.parametrize(("fault", "after_bytes"), [("lose", 0), ("reset", 0), ("reset", 4000)], ids=["lost-reply", "cut-at-once", "cut-in-the-rows"])
def test_inserts_that_fail_on_the_way_are_stored_once(far: Far, fault: Fault, after_bytes: int) -> None:
    far.spool(size(12, 1000))
    far.proxy.switch(fault, share=0.3, after_bytes=after_bytes)
    far.drained(size(120, 2400))
    assert far.proxy.struck >= size(3, 300)
    far.verdict()


def test_replies_that_are_always_lost_come_through_once_the_network_is_well(far: Far) -> None:
    """Three and more repetitions of each insert, into every materialized view."""
    far.spool(3)
    far.proxy.switch("lose")
    until(lambda: not far.is_drained() and far.proxy.struck >= 8, what="eight lost replies")
    far.proxy.switch("none")
    far.drained()
    far.verdict()


def test_a_server_that_refuses_connections_is_asked_again(far: Far) -> None:
    far.spool(2)
    far.proxy.switch("refuse")
    with pytest.raises(StoreDown, match="refused"):
        far.writer.drain()
    far.proxy.switch("none")
    far.drained()
    far.verdict()


def test_the_same_segments_from_two_writers_at_once_are_stored_once(far: Far, tmp_path: Path) -> None:
    """As after a failover, when the machine that was given up lives on: the token is the same, wherever it comes from."""
    far.spool(size(12, 600))
    shutil.copytree(far.folder, tmp_path / "copy")
    other = far.opened()
    writers = [far.writer, Writer(other, [tmp_path / "copy"])]
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(far.is_drained, writers)) == [True, True]
    assert [writer.total.segments for writer in writers] == [size(12, 600)] * 2
    other.close()
    far.verdict()
