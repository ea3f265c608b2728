"""Lists are kept in versions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from profiles.conditions import Money
from profiles.lists import saved
from profiles.problems import Problem
from tests.profiles.lists.world import wanted
from tests.profiles.samples import NOW_MS
from tracker.sites import Site
from tracker.store import Store

ABANDONED = wanted("cart", ("state", "is", "abandoned"), ("value", "at_least", {"amount": 50.5, "currency": "EUR"}), reasons=["no_consent"])


def test_a_list_comes_back_as_it_was_saved(store: Store, site: Site) -> None:
    given = replace(ABANDONED, suppression=replace(ABANDONED.suppression, least=(Money(Decimal("9.9"), "EUR"),), reasons=frozenset(
        ("no_consent", "below_value", "quarantined"))))  # fmt: skip
    made = saved.save(store, site, given, "key-1", NOW_MS)
    assert saved.one(store, site, made.list_id) == made == replace(
        given, list_id=made.list_id, version=made.version, changed_ms=NOW_MS, changed_by="key-1"
    )  # fmt: skip


def test_the_latest_version_counts_and_a_removed_list_is_gone(store: Store, site: Site) -> None:
    first = saved.save(store, site, ABANDONED, "key-1", NOW_MS)
    other = saved.save(store, site, replace(ABANDONED, name="Zebra"), "key-1", NOW_MS)
    second = saved.save(store, site, replace(first, name="Another name"), "key-2", NOW_MS + 1000)
    assert second.list_id == first.list_id
    assert saved.lists(store, site) == [second, other]
    saved.remove(store, site, second, "key-2", NOW_MS + 2000)
    assert saved.lists(store, site) == [other]
    with pytest.raises(Problem, match="There is no list"):
        saved.one(store, site, first.list_id)


def test_the_lists_of_another_site_are_not_seen(store: Store, site: Site) -> None:
    made = saved.save(store, msgspec.structs.replace(site, name=f"{site.name}-2"), ABANDONED, "key-1", NOW_MS)
    assert saved.lists(store, site) == []
    with pytest.raises(Problem, match="There is no list"):
        saved.one(store, site, made.list_id)
