"""Dead letters on a real ClickHouse server: an event that the table could not hold is stored once the table can."""

from __future__ import annotations

import threading

from tests.faults.far import Far
from tests.tracker.spooled import letters, row, segment, stored, told
from tracker import dead_letters
from tracker.accounting import Accounting


def balanced(far: Far) -> bool:
    found = Accounting(far.store, [far.folder], threading.Lock()).read()
    return found.total("received") == 5 and not any(found.differences().values())


def test_a_letter_whose_cause_is_mended_is_an_event_again(far: Far) -> None:
    """A position below zero, which the column cannot hold; then the column is made wider."""
    lines = [row(far.site, number) for number in range(4)]
    segment(far.folder, [*lines, row(far.site, 4)[:-1] + b',"position":-1}'])
    far.drained()
    assert [letter["reason"] for letter in letters(far.store, far.site)] == ["code_72"]
    assert balanced(far)

    far.server.ask("ALTER TABLE events MODIFY COLUMN position Int64", far.database)
    assert dead_letters.replay(far.store, far.folder, far.site.name) == 1
    assert balanced(far)
    far.drained()
    assert stored(far.store, far.site) == [f"e{number:05d}" for number in range(5)]
    assert letters(far.store, far.site) == []
    assert told(far.store, far.site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 5}
    assert balanced(far)
