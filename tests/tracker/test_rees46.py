"""Real shop events, imported and added up by the product, against plain loops over the same file: equal, exactly. Twice changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sessionizer.loop import Sessionizer
from tests.sessionizer.world import pass_over
from tests.tracker.importing import REES46_MAP, rees46
from tests.tracker.shop_count import Count, count
from tracker.clock import SystemClock
from tracker.imports import Imported, import_file
from tracker.sites import Site
from tracker.store import Store

SITE = Site(name="rees46", site_key="pk_rees46", currency="USD")
TABLES = {  # whole rows, with version and built_at: what changes nothing writes nothing
    "sessions": "SELECT * FROM sessions FINAL WHERE site = {site:String} ORDER BY session_id",
    "carts": "SELECT * FROM carts FINAL WHERE site = {site:String} ORDER BY cart_id",
    "visitors": "SELECT * FROM visitors FINAL WHERE site = {site:String} ORDER BY visitor_id",
}


def bring_in(store: Store, state: Path, with_tokens: bool = True) -> Imported:
    def sink(lines: list[bytes], token: str) -> None:
        store.insert("events", b"\n".join(lines) + b"\n", token if with_tokens else "")

    sessionizer = Sessionizer(store, lambda: {SITE.name: SITE}, SystemClock())
    pass_over(sessionizer)
    done = import_file(rees46(), SITE, "csv", REES46_MAP, sink, state, SystemClock().now_ms(), lambda at, of: None)
    sessionizer.tick()
    return done


def product(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {name: store.rows(sql, site=SITE.name) for name, sql in TABLES.items()}


@pytest.fixture(scope="module")
def expected() -> Count:
    return count(rees46())


@pytest.fixture(scope="module")
def shop(store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path]:
    """Imported once; and the folder in which the import remembers how far it came."""
    state = tmp_path_factory.mktemp("imports")
    bring_in(store, state)
    return store, state


def total(store: Store, sql: str) -> Any:
    row = store.one(f"SELECT {sql} AS n FROM sessions FINAL WHERE site = {{site:String}} AND NOT tombstone", site=SITE.name)
    assert row
    return row["n"]


def rows_stored(store: Store) -> int:
    row = store.one("SELECT count() AS n FROM events WHERE site = {site:String}", site=SITE.name)
    assert row
    return int(row["n"])


def carts(store: Store) -> list[dict[str, Any]]:
    return store.rows("SELECT state, doc FROM carts FINAL WHERE site = {site:String} AND NOT tombstone", site=SITE.name)


def test_views_carts_purchases_and_visitors_are_those_of_the_file(shop: tuple[Store, Path], expected: Count) -> None:
    store, _ = shop
    found = {
        "view": int(total(store, "sum(arraySum(products.views))")),
        "cart": int(total(store, "sum(cart_added)")),
        "purchase": int(total(store, "sum(length(purchases))")),
    }
    assert found == dict(expected.types)
    assert total(store, "uniqExact(visitor_id)") == len(expected.visitors)
    assert total(store, "sum(events)") == expected.types.total()


def test_the_money_of_the_purchases_is_that_of_the_file(shop: tuple[Store, Path], expected: Count) -> None:
    store, _ = shop
    assert round(total(store, "sum(arraySum(purchases.value))") * 100) == expected.revenue_cents


def test_abandoned_carts_are_those_that_a_plain_loop_finds(shop: tuple[Store, Path], expected: Count) -> None:
    store, _ = shop
    found = carts(store)
    spells = [json.loads(cart["doc"])["abandonments"] for cart in found]
    # the file ended years ago: what was left over then is lost by now, and had been abandoned before
    assert Counter(cart["state"] for cart in found) == Counter(basket.end or "lost" for basket in expected.all)
    assert sum(cart["state"] == "lost" for cart in found) == expected.left_over
    assert sum(bool(spell) for spell in spells) == expected.abandoned


def test_the_goods_left_in_the_carts_are_those_of_the_file(shop: tuple[Store, Path], expected: Count) -> None:
    store, _ = shop
    lost = [json.loads(cart["doc"]) for cart in carts(store) if cart["state"] == "lost"]
    found = sorted((doc["owner"]["visitor_ids"], sorted((item["id"], item["quantity"]) for item in doc["items"])) for doc in lost)
    wanted = sorted(([user], sorted(basket.units.items())) for user, mine in expected.baskets.items() for basket in mine if not basket.end)
    assert found == wanted


def test_importing_the_file_twice_changes_nothing(shop: tuple[Store, Path]) -> None:
    store, state = shop
    before = product(store)
    assert bring_in(store, state).already_done
    assert product(store) == before


@pytest.mark.parametrize("with_tokens", [True, False], ids=["the database knows the chunks", "the rows are stored a second time"])
def test_an_import_that_was_forgotten_and_done_again_changes_nothing(
    shop: tuple[Store, Path], expected: Count, tmp_path: Path, with_tokens: bool,
) -> None:  # fmt: skip
    store, _ = shop
    before, stored = product(store), rows_stored(store)
    assert bring_in(store, tmp_path, with_tokens).events == expected.types.total()
    assert rows_stored(store) - stored == (0 if with_tokens else expected.types.total())
    assert product(store) == before


def test_a_rebuild_gives_the_same_profiles(shop: tuple[Store, Path]) -> None:
    store, _ = shop
    before = product(store)
    Sessionizer(store, lambda: {SITE.name: SITE}, SystemClock()).rebuild(SITE.name)
    assert product(store) == before
