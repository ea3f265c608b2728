"""The dead letters: told by reason, and tried again exactly once, whatever happens in between."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tracker.spooled import DyingDisk, DyingStore, Killed, Refusing, Through, letters, row, segment, stored, told
from tracker import dead_letters
from tracker.errors import StoreMisfit, StoreRefused
from tracker.files import DISK, Files
from tracker.roof.commands_dead import show
from tracker.sites import Site
from tracker.store import Store
from tracker.writer import Writer


def refuses(*bad: bytes) -> Callable[[bytes], Exception | None]:
    return lambda body: StoreRefused("Code: 41. Cannot read DateTime", 41) if any(text in body for text in bad) else None


@pytest.fixture
def spool(store: Store, site: Site, tmp_path: Path) -> Path:
    """Five events, of which two are dead: an engine of last week did not like them."""
    segment(tmp_path, [row(site, number) for number in range(5)])
    Writer(Refusing(store, refuses(b"e00001", b"e00003")), [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 3, ("dead", "code_41"): 2}
    return tmp_path


def all_is_well(store: Store, site: Site, spool: Path) -> None:
    assert stored(store, site) == [f"e{number:05d}" for number in range(5)]
    assert letters(store, site) == []
    assert told(store, site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 5}
    assert [path.name for path in spool.iterdir() if path.name != "in-flight"] == []


def test_letters_are_told_by_reason_with_their_last_one(store: Store, site: Site, spool: Path) -> None:
    (told,) = dead_letters.shown(dead_letters.summary(store, site.name))
    assert (told["site"], told["reason"], told["count"]) == (site.name, "code_41", 2)
    assert "Cannot read DateTime" in told["message"]
    assert told["line"].encode() in (row(site, 1), row(site, 3))
    assert told["first"] <= told["last"]


def test_what_a_letter_says_cannot_play_with_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    letter = {"site": "shop", "reason": "code_27", "count": 1, "first": "", "last": "", "message": "\x1b[2Jgone\r\x9b31m\u202eback [bold]plain"}
    show([letter])
    shown = capsys.readouterr().out
    assert "gone" in shown
    assert "[bold]plain" in shown
    assert [text for text in shown if not text.isprintable() and text != "\n"] == []


def test_letters_are_stored_once_their_cause_is_mended(store: Store, site: Site, spool: Path) -> None:
    assert dead_letters.replay(store, spool, site.name) == 2
    Writer(store, [spool]).drain()
    all_is_well(store, site, spool)
    assert dead_letters.replay(store, spool, site.name) == 0


def test_a_letter_that_is_refused_again_is_a_letter_again(store: Store, site: Site, spool: Path) -> None:
    dead_letters.replay(store, spool, site.name)
    Writer(Refusing(store, refuses(b"e00003")), [spool]).drain()
    assert [letter["line"].encode() for letter in letters(store, site)] == [row(site, 3)]
    assert told(store, site) == {("received", ""): 5, ("accepted", ""): 5, ("stored", ""): 4, ("dead", "code_41"): 1}


def test_only_the_letters_that_were_named_are_tried_again(store: Store, site: Site, spool: Path) -> None:
    assert dead_letters.replay(store, spool, site.name, "code_27") == 0
    assert dead_letters.replay(store, spool, "another-shop") == 0
    assert len(letters(store, site)) == 2


def test_a_line_that_came_twice_in_one_segment_is_two_letters_and_two_events(store: Store, site: Site, tmp_path: Path) -> None:
    segment(tmp_path, [row(site, 1), row(site, 2), row(site, 1)])
    Writer(Refusing(store, refuses(b"e00001")), [tmp_path]).drain()
    assert told(store, site)["dead", "code_41"] == len(letters(store, site)) == 2
    assert dead_letters.replay(store, tmp_path, site.name) == 2
    Writer(store, [tmp_path]).drain()
    assert told(store, site) == {("received", ""): 3, ("accepted", ""): 3, ("stored", ""): 3}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_operation_of_the_disk_a_replay_is_finished_and_counts_once(store: Store, site: Site, spool: Path, after: bool) -> None:
    for nth in itertools.count(1):
        if not dies(store, site, spool, DyingDisk(nth, after=after)):
            break
        balanced(store, site, spool)
    assert nth > 10
    Writer(store, [spool]).drain()
    all_is_well(store, site, spool)


def test_killed_after_the_letters_were_deleted_they_are_events_again(store: Store, site: Site, spool: Path) -> None:
    assert dies(DyingStore(store, 1), site, spool, DISK)
    assert letters(store, site) == []
    assert stored(store, site) == ["e00000", "e00002", "e00004"]
    Writer(store, [spool]).drain()  # a new process
    all_is_well(store, site, spool)


def test_a_replay_that_cannot_be_finished_now_holds_up_no_event(store: Store, site: Site, spool: Path) -> None:
    class NoDeleting(Through):
        """Its user may insert, not delete."""

        def command(self, sql: str, alone: str = "", **parameters: Any) -> None:
            raise StoreMisfit("Code: 497. Not enough privileges", 497)

    with pytest.raises(StoreMisfit):
        dead_letters.replay(NoDeleting(store), spool, site.name)
    now = [0.0]
    segment(spool, [row(site, 9)])
    writer = Writer(NoDeleting(store), [spool], now=lambda: now[0])
    assert writer.drain().rows == 1
    balanced(store, site, spool)
    writer.store = store
    now[0] += 60
    writer.drain()
    assert letters(store, site) == []
    assert told(store, site) == {("received", ""): 6, ("accepted", ""): 6, ("stored", ""): 6}


def dies(store: Store, site: Site, spool: Path, files: Files) -> bool:
    try:
        dead_letters.replay(store, spool, site.name, files=files)
    except Killed:
        return True
    return False


def balanced(store: Store, site: Site, spool: Path) -> None:
    """What the ledger and the spool say together, at this moment."""
    from tests.tracker.test_accounting import account

    assert account(store, site, spool).differences() == {"received": 0, "accepted": 0}
