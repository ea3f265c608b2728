"""A rebuild that breaks off goes on from there; from the beginning where what was done would not fit the rest."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.sessionizer import rebuilding
from tests.sessionizer.world import DAY, World

VISITORS, RANGES, DONE = 30, 3, 19


class Ended(Exception):
    """Nobody goes on."""


def life(folder: Path, dies_after: int) -> tuple[int, list[str]]:
    ran = subprocess.run([sys.executable, "-m", rebuilding.__name__, str(folder), str(dies_after)], check=False, stdout=subprocess.PIPE, text=True)
    return ran.returncode, ran.stdout.splitlines()


def test_a_rebuild_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    killed, said = life(tmp_path / "clickhouse", dies_after=3)
    done, of = map(int, said[-1].split())
    assert (killed, done) == (-signal.SIGKILL, 3)
    ended, said = life(tmp_path / "clickhouse", dies_after=0)
    ranges = [line for line in said if line.count(" ") == 1]
    assert (ended, len(ranges)) == (0, of - 3)
    assert said[-2].startswith("going on where a rebuild was broken off: ")
    assert said[-1] == "40", "each session is there, and none was built twice"
    ended, said = life(tmp_path / "clickhouse", dies_after=0)
    assert (ended, len(said)) == (0, of + 2)
    assert said[-2].startswith("40 visitors"), "one that has ended is not gone on with"
    assert "0 sessions, 0 carts and 0 customers differ" in said[-2]


@pytest.fixture
def broken_off(world: World) -> World:
    """Two ranges are done: nine visitors, and ten (the visitor with whom a range is full begins the next one)."""
    for number in range(VISITORS):
        world.visitor().view(f"/{number}")
    world.send()

    def progress(done: int, of: int) -> None:
        if done == 2:
            raise Ended

    with pytest.raises(Ended):
        world.sessionizer.rebuild(world.site.name, chunks=RANGES, progress=progress)
    return world


def another_rule(world: World) -> None:
    world.sites[world.site.name] = replace(world.site, session_gap_s=60)


@pytest.mark.parametrize(
    ("meanwhile", "anew", "resumed"),
    [
        (lambda _: None, False, True),
        (lambda _: None, True, False),
        (another_rule, False, False),
        (lambda world: world.pass_time(ms=DAY + 1), False, False),
    ],
    ids=["at once", "asked for from the beginning", "under another rule", "a day later"],
)
def test_what_was_done_counts_only_where_it_fits_the_rest(broken_off: World, meanwhile: Callable[[World], None], anew: bool, resumed: bool) -> None:
    meanwhile(broken_off)
    done = broken_off.sessionizer.rebuild(broken_off.site.name, chunks=RANGES, anew=anew)
    assert (done.resumed, done.visitors) == (resumed, VISITORS - DONE if resumed else VISITORS)
    assert len(broken_off.sessions()) == VISITORS


def test_a_dry_rebuild_neither_goes_on_nor_says_that_anything_was_done(broken_off: World) -> None:
    for _ in range(2):
        assert broken_off.sessionizer.rebuild(broken_off.site.name, chunks=RANGES, dry_run=True).visitors == VISITORS
    assert broken_off.sessionizer.rebuild(broken_off.site.name, chunks=RANGES).resumed


def test_where_the_visitor_it_had_come_to_was_erased_a_rebuild_begins_anew(broken_off: World) -> None:
    first_to_do = sorted(row["visitor_id"] for row in broken_off.history)[DONE]
    sql = "ALTER TABLE visitor_days DELETE WHERE site = {site:String} AND visitor_id = {visitor_id:String}"
    broken_off.store.command(sql, site=broken_off.site.name, visitor_id=first_to_do)
    assert not broken_off.sessionizer.rebuild(broken_off.site.name, chunks=RANGES).resumed
