"""What a real ClickHouse server says when it will not: what passes is waited for, what needs a person is said, and nothing of it is a dead letter."""

from __future__ import annotations

import pytest

from tests.faults.far import Far
from tests.tracker.spooled import letters
from tracker.errors import StoreDown, StoreMisfit
from tracker.migrate import migrate
from tracker.store import Store
from tracker.writer import Writer


def waits(far: Far, error: type[StoreDown], code: str, writer: Writer | None = None) -> None:
    """One segment is spooled; the writer raises this very class, and keeps it."""
    far.spool(1, lines=8)
    with pytest.raises(StoreDown, match=rf"Code: {code}\b") as raised:
        (writer or far.writer).drain()
    assert type(raised.value) is error
    assert len(list(far.folder.glob("*.seg"))) == 1
    assert letters(far.store, far.site) == []


def goes_on(far: Far) -> None:
    far.drained()
    far.verdict()


# Each is done to the server, and undone. What passes by itself: the writer comes again, sooner or later.
PASSING = {
    "too many parts": (
        "252", ["SYSTEM STOP MERGES events", "INSERT INTO events (site, at) VALUES ('other', now())",
                "ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1"],
        ["ALTER TABLE events RESET SETTING parts_to_throw_insert, parts_to_delay_insert", "SYSTEM START MERGES events"],
    ),
}  # fmt: skip
# What needs a person: it is said so, and the writer comes again all the same.
MISFITS = {
    "a table is missing": ("60", ["RENAME TABLE events TO elsewhere"], ["RENAME TABLE elsewhere TO events"]),
    "a column is missing": ("117", ["ALTER TABLE events DROP COLUMN title"], ["ALTER TABLE events ADD COLUMN title String DEFAULT ''"]),
    "a view's target is missing": ("60", ["RENAME TABLE arrivals TO elsewhere"], ["RENAME TABLE elsewhere TO arrivals"]),
}


@pytest.mark.parametrize(("code", "done", "undone"), PASSING.values(), ids=PASSING.keys())
def test_what_passes_by_itself_is_waited_for(far: Far, code: str, done: list[str], undone: list[str]) -> None:
    for statement in done:
        far.server.ask(statement, far.database)
    waits(far, StoreDown, code)
    for statement in undone:
        far.server.ask(statement, far.database)
    goes_on(far)


@pytest.mark.parametrize(("code", "done", "undone"), MISFITS.values(), ids=MISFITS.keys())
def test_what_needs_a_person_is_said_and_waited_for(far: Far, code: str, done: list[str], undone: list[str]) -> None:
    for statement in done:
        far.server.ask(statement, far.database)
    waits(far, StoreMisfit, code)
    for statement in undone:
        far.server.ask(statement, far.database)
    goes_on(far)


def test_too_little_memory_for_an_insert_passes(far: Far) -> None:
    small = Store(far.server.dsn(far.database), readers=1, memory_max_bytes=4096)
    waits(far, StoreDown, "241", Writer(small, [far.folder]))
    small.close()
    goes_on(far)


def test_a_user_that_may_look_and_not_write_is_said(far: Far) -> None:
    narrow = far.opened(user="narrow")
    waits(far, StoreMisfit, "497", Writer(narrow, [far.folder]))
    narrow.close()
    goes_on(far)


UNUSABLE = {"default:wrong": r"Code: (194|516)\b.*password", "nobody": r"Code: (194|516)\b.*no user with", "reader": "Setting .* is readonly"}


@pytest.mark.parametrize(("user", "why"), UNUSABLE.items())
def test_a_user_that_cannot_be_used_is_said_when_the_database_is_opened(far: Far, user: str, why: str) -> None:
    with pytest.raises(StoreMisfit, match=f"cannot be opened: {why}.*Mend that first") as raised:
        far.opened(user=user)
    assert "wrong@" not in str(raised.value)


def test_a_missing_database_is_made_if_the_user_may(far: Far) -> None:
    far.database = "tracker-of-a-shop"
    with pytest.raises(StoreMisfit, match=r"Code: 497\b.*CREATE DATABASE"):
        far.opened(user="narrow")
    with_name_of_its_own = far.opened()
    assert [migration.number for migration in migrate(with_name_of_its_own)][:3] == [1, 2, 3]
    with_name_of_its_own.close()
    far.server.ask("DROP DATABASE `tracker-of-a-shop`")


def test_a_migration_that_was_interrupted_goes_on(far: Far) -> None:
    """Its last statements and its note have not been reached."""
    far.server.ask("DROP VIEW order_links_of_events", far.database)
    far.server.ask("DROP TABLE dead_letters", far.database)
    far.server.ask("ALTER TABLE migrations DELETE WHERE number = 1 SETTINGS mutations_sync = 2", far.database)
    assert [migration.number for migration in migrate(far.store)] == [1]
    far.spool(2)
    goes_on(far)
