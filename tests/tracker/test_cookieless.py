"""The salt of the day: who has no consent has an id for one visit and one day (docs/guarantees.md, no. 62)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tracker import cookieless
from tracker.cookieless import Cookieless

DAY = 86_400_000
MINUTE = 60_000
MIDNIGHT = 20_000 * DAY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "salt.json"


def ann(ids: Cookieless, now_ms: int) -> str:
    return ids.visitor_id("shop", "192.0.2.77", "Firefox", now_ms)


def test_the_same_browser_has_one_id_a_day_and_another_on_each_site(path: Path) -> None:
    ids = Cookieless(path)
    assert ann(ids, MIDNIGHT) == ann(ids, MIDNIGHT + DAY - 1)
    assert (
        len(
            {
                ann(ids, MIDNIGHT),
                ids.visitor_id("other", "192.0.2.77", "Firefox", MIDNIGHT),
                ids.visitor_id("shop", "192.0.2.78", "Firefox", MIDNIGHT),
            }
        )
        == 3
    )
    assert cookieless.is_cookieless(ann(ids, MIDNIGHT))


def test_every_day_has_another_id_and_none_comes_back(path: Path) -> None:
    ids = Cookieless(path)
    found = [ann(ids, MIDNIGHT + day * DAY + DAY // 2) for day in range(4)]
    assert len(set(found)) == 4


def test_a_visit_over_midnight_stays_one_and_the_next_is_new(path: Path) -> None:
    ids = Cookieless(path)
    before = ann(ids, MIDNIGHT - 5 * MINUTE)
    assert [ann(ids, MIDNIGHT + minutes * MINUTE) for minutes in (10, 30, 55)] == [before] * 3
    assert ann(ids, MIDNIGHT + 90 * MINUTE) != before


def test_who_was_silent_for_longer_than_a_session_is_new_after_midnight(path: Path) -> None:
    ids = Cookieless(path)
    before = ann(ids, MIDNIGHT - 31 * MINUTE)
    assert ann(ids, MIDNIGHT + 1) != before
    assert ids.visitor_id("shop", "192.0.2.9", "Firefox", MIDNIGHT + 2) not in (before, "")


def test_the_old_salt_is_gone_from_disk_at_midnight_though_nobody_comes(path: Path) -> None:
    ids = Cookieless(path)
    ids.tend(MIDNIGHT - 1)
    old = path.read_bytes()
    ids.tend(MIDNIGHT + 500)
    assert path.read_bytes() != old
    assert not [file for file in path.parent.iterdir() if old[-70:] in file.read_bytes()]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_bytes_of_the_old_file_are_overwritten_before_it_is_replaced(path: Path) -> None:
    ids = Cookieless(path)
    ids.tend(MIDNIGHT - 1)
    with path.open("rb") as held:  # the same inode after the replacement
        old = held.read()
        ids.tend(MIDNIGHT)
        held.seek(0)
        assert held.read() == bytes(len(old))


def test_the_old_salt_is_gone_from_memory_when_nobody_needs_it(path: Path) -> None:
    ids = Cookieless(path)
    ann(ids, MIDNIGHT - MINUTE)
    assert ids.salt is not None
    yesterday = ids.salt.key
    ids.tend(MIDNIGHT + MINUTE)
    assert any(yesterday)
    ids.tend(MIDNIGHT + cookieless.HELD_MAX_MS)
    assert not any(yesterday)
    assert ids.yesterday is None
    assert not ids.staying


def test_a_visitor_who_never_leaves_gets_a_new_id_after_four_hours(path: Path) -> None:
    ids = Cookieless(path)
    before = ann(ids, MIDNIGHT - MINUTE)
    for minutes in range(0, 240, 20):
        ids.tend(MIDNIGHT + minutes * MINUTE)
        assert ann(ids, MIDNIGHT + minutes * MINUTE) == before
    ids.tend(MIDNIGHT + 241 * MINUTE)
    assert ann(ids, MIDNIGHT + 241 * MINUTE) != before


def test_a_restart_at_23_59_changes_no_id(path: Path) -> None:
    before = ann(Cookieless(path), MIDNIGHT - 2 * MINUTE)
    again = Cookieless(path)
    assert ann(again, MIDNIGHT - MINUTE) == before
    assert ann(again, MIDNIGHT + MINUTE) == before


def test_a_restart_after_midnight_knows_the_old_ids_no_more(path: Path) -> None:
    before = Cookieless(path)
    old = ann(before, MIDNIGHT - MINUTE)
    new = ann(Cookieless(path), MIDNIGHT + MINUTE)
    assert new != old
    assert ann(Cookieless(path), MIDNIGHT + 2 * MINUTE) == new


def test_a_clock_that_goes_back_over_midnight_keeps_the_id(path: Path) -> None:
    ids = Cookieless(path)
    after = ids.visitor_id("shop", "192.0.2.1", "Firefox", MIDNIGHT + MINUTE)
    assert ids.visitor_id("shop", "192.0.2.1", "Firefox", MIDNIGHT - 59 * MINUTE) == after
    assert Cookieless(path).visitor_id("shop", "192.0.2.1", "Firefox", MIDNIGHT - 58 * MINUTE) == after
    assert ids.visitor_id("shop", "192.0.2.1", "Firefox", MIDNIGHT + 2 * MINUTE) == after


def test_a_clock_that_was_days_ahead_does_not_hold_a_salt_for_ever(path: Path) -> None:
    ids = Cookieless(path)
    wrong = ann(ids, MIDNIGHT + 300 * DAY)
    right = ann(ids, MIDNIGHT)
    assert len({wrong, right, ann(ids, MIDNIGHT + DAY), ann(ids, MIDNIGHT + 300 * DAY)}) == 4


def test_a_damaged_file_costs_no_request(path: Path) -> None:
    path.write_bytes(b"\0\0\0")
    fresh = ann(Cookieless(path), MIDNIGHT)
    assert ann(Cookieless(path), MIDNIGHT + 1) == fresh


def test_a_disk_that_is_full_at_midnight_costs_no_request(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ids = Cookieless(tmp_path / "file" / "salt.json")  # no folder: as little to be written as on a full disk
    assert ann(ids, MIDNIGHT) == ann(ids, MIDNIGHT + MINUTE)


def test_two_processes_on_one_folder_make_one_salt(path: Path) -> None:
    asked = f"Cookieless(Path({str(path)!r})).visitor_id('s', 'ip', 'ua', {MIDNIGHT})"
    program = f"from pathlib import Path; from tracker.cookieless import Cookieless; print({asked})"
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    (found,) = {process.communicate()[0] for process in running}
    assert found.startswith("day-")


def test_what_is_remembered_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookieless, "SEEN_MAX", 10)
    ids = Cookieless(path)
    for number in range(50):
        ids.visitor_id("shop", str(number), "ua", MIDNIGHT + number)
    assert len(ids.seen) == 10
