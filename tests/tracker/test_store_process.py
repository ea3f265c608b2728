"""What the store process says of itself while the database will not take anything, and that it goes on by itself afterwards."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.product import until
from tests.tracker.spooled import Refusing, row, segment, stored, told
from tracker.clock import SystemClock
from tracker.errors import StoreDown, StoreMisfit
from tracker.registry import Registry
from tracker.roof.store import Parts
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store


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


def made(store: Store, folder: Path) -> Parts:
    (folder / "spool").mkdir()
    settings = Settings(data=folder)
    return Parts(settings, store, Registry(store, folder, SystemClock()), [folder / "spool"], sessionize=False)
