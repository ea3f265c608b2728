"""What the store process says of itself while the database will not take anything, and that it goes on by itself afterwards."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import pytest

from tests.product import until
from tests.sessionizer.world import pass_over
from tests.tracker.spooled import Refusing, row, segment, stored, told
from tracker.clock import SystemClock
from tracker.errors import StoreDown, StoreMisfit
from tracker.registry import Registry
from tracker.roof.store import Parts
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store

NEVER_S = 3600.0


def test_a_database_that_needs_a_person_is_an_alert_and_costs_no_event(
    store: Store, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Exception | None] = [StoreMisfit("Code: 516. DB::Exception: tracker: Authentication failed", 516)]
    parts = made(Refusing(store, lambda body: answers[0]), tmp_path)
    segment(tmp_path / "spool", [row(site, 1), row(site, 2)])
    parts.start()
    try:
        health = until(lambda: parts.health() if parts.health()["writer"]["failures"] > 1 else None, what="the alert")
        assert (health["ready"], health["writer"]["needs_a_person"]) == (False, True)
        assert "Authentication failed" in health["why"]
        assert "Authentication failed" in next(record.message for record in caplog.records if record.levelno == logging.ERROR)
        assert stored(store, site) == []
        answers[0] = None
        until(lambda: stored(store, site), what="the events, once the password is right again")
        assert until(lambda: parts.health()["ready"], what="readiness")
    finally:
        parts.end()
    assert told(store, site) == {("received", ""): 2, ("accepted", ""): 2, ("stored", ""): 2}


def test_a_database_that_is_away_for_a_moment_is_no_alert(store: Store, site: Site, tmp_path: Path) -> None:
    answers: list[Exception | None] = [StoreDown("Code: 210. DB::Exception: Connection refused")]
    parts = made(Refusing(store, lambda body: answers[0]), tmp_path)
    segment(tmp_path / "spool", [row(site, 1)])
    parts.start()
    try:
        health = until(lambda: parts.health() if parts.health()["writer"]["failures"] else None, what="the failure")
        assert health["ready"]
        assert "Connection refused" in health["writer"]["says"]
        answers[0] = None
        until(lambda: stored(store, site), what="the event")
    finally:
        parts.end()


def test_what_the_writer_stores_is_added_up_at_once_and_not_when_the_clock_looks_next(store: Store, site: Site, tmp_path: Path) -> None:
    parts = made(store, tmp_path, sessionize=True)
    parts.look_s = NEVER_S
    pass_over(parts.sessionizer)
    parts.start()
    try:
        for number in (1, 2):  # the first may be found by the look that every process begins with
            segment(tmp_path / "spool", [row(site, number, visitor_id="ann")])
            until(partial(seen, store, site, number), what=f"event {number} in the profile")
    finally:
        parts.end()


def seen(store: Store, site: Site, page_views: int) -> bool:
    asked = "SELECT page_views FROM sessions FINAL WHERE site = {site:String} AND NOT tombstone"
    return [found["page_views"] for found in store.rows(asked, site=site.name)] == [page_views]


def made(store: Store, folder: Path, *, sessionize: bool = False) -> Parts:
    (folder / "spool").mkdir()
    settings = Settings(data=folder)
    return Parts(settings, store, Registry(store, folder, SystemClock()), [folder / "spool"], sessionize=sessionize)
