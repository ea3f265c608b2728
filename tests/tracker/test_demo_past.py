"""The demo shop's past: made-up visits that a newcomer finds, by the door's own rules."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.product import PATIENCE_S, Product, tracker, until
from tracker.demo import past
from tracker.row import Receipt
from tracker.sites import Site
from tracker.vocabularies.draft import row

NOW_MS = 1_795_372_800_000
SHOP = "http://127.0.0.1:8000/demo"


def test_the_same_seed_makes_the_same_visits_and_each_event_is_one_of_its_own() -> None:
    made = list(past.visits(NOW_MS, SHOP))
    assert [visit.events for visit in past.visits(NOW_MS, SHOP)] == [visit.events for visit in made]
    ids = [event["id"] for visit in made for event in visit.events]
    assert len(set(ids)) == len(ids) > 5_000


def test_nothing_lies_ahead_and_somebody_is_in_the_shop() -> None:
    times = [event["at"] for visit in past.visits(NOW_MS, SHOP) for event in visit.events]
    assert NOW_MS - past.DAYS * past.DAY_MS <= min(times) < NOW_MS - (past.DAYS - 1) * past.DAY_MS
    assert NOW_MS - 5 * past.MINUTE_MS < max(times) < NOW_MS


def test_every_event_is_one_the_door_would_take() -> None:
    site = Site("demo", "pk_demo", ("http://127.0.0.1:8000",))
    for visit in past.visits(NOW_MS, SHOP):
        for event in visit.events:
            receipt = Receipt(site=site, received_ms=NOW_MS, ua=visit.person.ua, own_time=True)
            assert row({**event, "visitor": visit.person.visitor}, receipt).type == event["type"]


def test_a_newcomer_finds_abandoned_carts(tmp_path: Path) -> None:
    product = Product(tmp_path, "--demo", "--demo-past")
    key = tracker(tmp_path, "key", "create", "--site", "demo", "--scope", "read").stdout.split()[-1]
    assert until(lambda: len(abandoned(product, key)) > 20, what="abandoned carts of the past")
    assert product.stop() == 0


def abandoned(product: Product, key: str) -> list[object]:
    address, asked = f"{product.admin}/v1/carts?state=abandoned&limit=100", {"Authorization": f"Bearer {key}"}
    found: list[object] = httpx.get(address, headers=asked, trust_env=False, timeout=PATIENCE_S).json()["data"]
    return found
