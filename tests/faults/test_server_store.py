"""What the store promises on a real server and could not on the embedded engine alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.far import Far
from tests.product import until
from tracker.errors import StoreDown, StoreError, StoreRefused
from tracker.store import classified, with_quoted_times

SLOW = (
    "INSERT INTO work (site, visitor_id, day) SELECT 'slow', toString(number), today() FROM numbers(1000) WHERE sleepEachRow(0.1) = 0"
    " SETTINGS max_block_size = 1"
)
RUNNING = "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase()"
NOW = "SELECT toUnixTimestamp64Milli(now64(3))"
SENT = ["0.0", "12.5", "999999999.999", "1000000000", "1764000000.123", "1764000000.1", "4100000000.0"]
CASES = {
    '{"at":1764000000.123}': '{"at":"1764000000.123"}',
    '{"at":1764000000.0,"received_at": 12.5}': '{"at":"1764000000.0","received_at":"0000000012.5"}',
    '{"expires_at":null,"at":"1764000000.123"}': '{"expires_at":null,"at":"1764000000.123"}',
    '{"title":"she wrote \\"at\\":1764000000.5","seen_ratio":0.5}': '{"title":"she wrote \\"at\\":1764000000.5","seen_ratio":0.5}',
    '{"items":[{"id":"at"}],"value":1764000000.5}': '{"items":[{"id":"at"}],"value":1764000000.5}',
}


@pytest.mark.parametrize(("given", "quoted"), CASES.items())
def test_times_and_nothing_else_are_put_in_quotes(given: str, quoted: str) -> None:
    assert with_quoted_times(given.encode()).decode() == quoted


def test_times_of_every_age_arrive_as_they_were_sent(far: Far) -> None:
    """A bare number is milliseconds to a server 26.7, or no time at all; to 26.9 it is seconds."""
    far.server.ask("ALTER TABLE dead_letters REMOVE TTL", far.database)  # of 400 days: a merge would take the old ones away
    lines = [json.dumps({"site": "shop", "reason": at, "at": json.loads(at)}) for at in SENT]
    far.store.insert("dead_letters", "\n".join(lines).encode())
    stored = far.store.rows("SELECT reason, toUnixTimestamp64Milli(at) AS at_ms FROM dead_letters")
    assert {row["reason"]: row["at_ms"] for row in stored} == {at: round(float(at) * 1000) for at in SENT}


@contextmanager
def slow_command(far: Far) -> Iterator[list[StoreError]]:
    """Runs until something ends it; what its caller heard then is in the list."""
    heard: list[StoreError] = []

    def run() -> None:
        try:
            far.store.command(SLOW, alone="sessionizer")
        except StoreError as error:
            heard.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: far.server.count(RUNNING, far.database) == 1, what="the slow command")
    yield heard
    thread.join()


def test_a_command_that_still_runs_is_ended_before_the_next_of_its_kind(far: Far) -> None:
    """Its caller may be gone, or have lost the answer: what it still wrote would be taken for the next one's."""
    with slow_command(far) as heard:
        far.store.command("TRUNCATE TABLE work", alone="sessionizer")
    assert "Code: 394" in str(heard[0])
    assert far.server.count("SELECT count() FROM work", far.database) == 0


def test_what_comes_after_an_insert_under_way_is_not_settled(far: Far) -> None:
    with slow_command(far):
        began_ms = far.server.count(NOW)
        until(lambda: far.server.count(NOW) > began_ms + 300, what="a moment later")
        assert far.store.settled_ms() <= began_ms
        far.store.command("TRUNCATE TABLE work", alone="sessionizer")
    assert far.store.settled_ms() > began_ms


def test_an_insert_over_too_many_days_is_refused_and_not_waited_for() -> None:
    """It has the code of too many parts, which pass."""
    wide = Exception("Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100).")
    many = Exception("Code: 252. DB::Exception: Too many parts (300) in table.")
    answers: list[Any] = [type(classified(error)) for error in (wide, many)]
    assert answers == [StoreRefused, StoreDown]
