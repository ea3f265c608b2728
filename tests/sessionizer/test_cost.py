"""What a tick reads must not grow with the history (docs/decisions/0005-sessionizer.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from tests.sessionizer.world import DAY, NOON_MS, World
from tracker.store import load

GHOST = """
INSERT INTO sessions (site, visitor_id, session_id, version, started_at)
SELECT site, visitor_id, 'ghost', 1, started_at FROM sessions WHERE site = {s:String} ORDER BY started_at LIMIT 1"""


def test_the_events_of_a_tick_are_found_by_their_days_and_their_visitors(world: World) -> None:
    ann = world.visitor().view()
    for _ in range(6):
        ann.wait(days=1).view()
    world.tick()
    today = date.fromtimestamp((NOON_MS + 6 * DAY) / 1000)
    world.store.command("INSERT INTO work (site, visitor_id, day) VALUES ({s:String}, {v:String}, {d:Date})", s=world.site.name, v=ann.id, d=today)
    sql = load("sessionizer", "doubled")
    told = explained(world, sql[sql.index("SELECT") :], site=world.site.name, days=[today])
    world.store.command("TRUNCATE TABLE work")
    assert "Min-Max Keys: day" in told
    assert "PrimaryKey Keys: site visitor_id" in told


def test_copies_are_looked_for_by_when_an_id_was_made_and_among_those_that_have_just_arrived(world: World) -> None:
    world.visitor().view()
    world.tick()
    window = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2026, 1, 2, tzinfo=UTC)}
    sql = load("sessionizer", "crossing")
    just_arrived = sql[sql.index("SELECT bucket") :].partition(")\n")[0]
    assert "PrimaryKey Keys: site bucket" in explained(world, sql, sites=[world.site.name], **window)
    assert "Name: by_arrival" in explained(world, just_arrived, **window)


def explained(world: World, sql: str, **parameters: Any) -> str:
    return " ".join(line["explain"].strip(" │") for line in world.store.rows(f"EXPLAIN indexes = 1 {sql}", **parameters))


def test_a_tick_rebuilds_the_touched_days_only(world: World) -> None:
    ann = world.visitor().view().wait(days=2).view()
    world.tick()
    ann.wait(minutes=5).view()
    world.tick()
    assert [row["version"] for row in world.sessions()] == [1, 2]


def test_nothing_new_costs_nothing(world: World) -> None:
    world.visitor().view().add("X1@10")
    world.tick()
    assert (world.sessionizer.tick().visitors, world.sessionizer.tick().carts_changed) == (0, 0)


def test_a_second_sessionizer_goes_on_where_the_first_ended(world: World) -> None:
    ann = world.visitor().view()
    world.tick()
    world.start_anew()
    ann.wait(minutes=1).view()
    world.send()
    assert world.sessionizer.tick().sessions_changed >= 1
    assert world.session()["page_views"] == 2


def test_a_rebuild_says_how_far_it_is_and_a_dry_one_writes_nothing(world: World) -> None:
    for _ in range(4):
        world.visitor().view().wait(minutes=1).add("X1@10")
    world.send()
    heard: list[tuple[int, int]] = []
    dry = world.sessionizer.rebuild(world.site.name, chunks=3, progress=lambda done, of: heard.append((done, of)), dry_run=True)
    assert (dry.sessions_changed, dry.carts_changed, world.sessions(), world.carts()) == (4, 4, [], [])
    assert heard[-1][0] == heard[-1][1] == len(heard)
    assert world.sessionizer.rebuild(world.site.name, chunks=3).sessions_changed == 4
    assert len(world.carts()) == 4


def test_a_dry_rebuild_says_what_other_rules_would_change(world: World) -> None:
    world.visitor().view().wait(minutes=45).view()
    world.tick()
    told = world.sessionizer.rebuild(world.site.name, what_if=msgspec.structs.replace(world.site, session_gap_s=3600))
    assert (told.sessions_changed, told.sessions_gone, len(world.sessions())) == (1, 1, 2)
    assert world.sessionizer.rebuild(world.site.name, dry_run=True).sessions_changed == 0


def test_some_days_can_be_rebuilt_by_themselves(world: World) -> None:
    world.visitor().view().wait(days=3).view().wait(days=3).view()
    world.tick()
    world.store.command(GHOST, s=world.site.name)
    day = date.fromtimestamp((NOON_MS + 3 * DAY) / 1000)
    assert world.sessionizer.rebuild(world.site.name, from_day=day, to_day=day).sessions_gone == 0
    assert world.sessionizer.rebuild(world.site.name).sessions_gone == 1
