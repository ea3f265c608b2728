"""An erasure waits for what was acknowledged before it, and says so where that takes long."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tracker.clock import SystemClock
from tracker.errors import BadInput, StoreDown
from tracker.registry import Registry
from tracker.roof.people import known, wait_for, waiting
from tracker.segment import new_name
from tracker.sites import Site
from tracker.store import Store


def test_it_waits_for_what_is_spooled_now_and_not_for_what_comes_after(tmp_path: Path) -> None:
    spool = tmp_path / "collect"
    spool.mkdir()
    sealed, growing = spool / f"{new_name()}.seg", spool / f"{new_name()}.open"
    sealed.touch()
    growing.touch()
    spools = [spool, tmp_path / "no-spool"]
    waited = threading.Thread(target=wait_for, args=(waiting(spools), spools))
    waited.start()
    growing = growing.rename(growing.with_suffix(".seg"))
    (spool / f"{new_name()}.seg").touch()
    sealed.unlink()
    assert waited.is_alive()
    growing.unlink()
    waited.join(60)
    assert not waited.is_alive()


def test_people_of_a_removed_site_can_still_be_erased(store: Store, site: Site, tmp_path: Path) -> None:
    registry = Registry(store, tmp_path, SystemClock())
    registry.add_site(site.name, site.origins)
    registry.remove_site(site.name)
    assert known(registry, site.name).name == site.name
    with pytest.raises(BadInput, match="There is no site"):
        known(registry, "never-there")


def test_a_database_that_is_behind_is_told_to_the_one_who_asks(tmp_path: Path) -> None:
    (tmp_path / f"{new_name()}.seg").touch()
    with pytest.raises(StoreDown, match="1 segments"):
        wait_for(waiting([tmp_path]), [tmp_path], patience_s=0)
