"""The official segment-analytics-python, unchanged: against the whole product, and against a door that says come again.

It is given `host` and `write_key`, as docs/vocabularies.md tells, and nothing else of ours.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from segment.analytics.client import Client

from tests.product import PATIENCE_S, Product, Shop, tracker, until
from tests.tracker.speaking import PRODUCT, Spoken
from tracker import door

UA = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
CAP = {"sku": "C7", "name": "Cap", "category": "Hats", "price": 12.5, "quantity": 2}


class Caller:
    """A shop's server with Segment's library in it; `errors` is what the library gave up on."""

    def __init__(self, host: str, write_key: str, **settings: Any) -> None:
        self.errors: list[str] = []
        self.client = Client(write_key, host=host, on_error=lambda error, _: self.errors.append(str(error)), upload_interval=0.05, **settings)
        self.at = datetime.now(UTC) - timedelta(minutes=1)

    def hands_on(self, what: str, path: str, **call: Any) -> None:
        """What a browser did in the page at this path, a second after what it did before."""
        self.at += timedelta(seconds=1)
        context = {"ip": "192.0.2.77", "userAgent": UA, "page": {"url": f"https://shop.example{path}", "title": path}}
        getattr(self.client, what)(anonymous_id="ann", timestamp=self.at, context=context, **call)

    def end(self) -> None:
        self.client.flush()
        self.client.join()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product"), "--demo")
    yield running
    assert running.stop() == 0, "\n".join(running.said)


@pytest.fixture
def shop(product: Product) -> Iterator[Shop]:
    shop = Shop(product, f"shop-{uuid.uuid4().hex[:8]}")
    yield shop
    shop.close()


@pytest.fixture
def caller(shop: Shop) -> Iterator[Caller]:
    caller = Caller(shop.product.public, shop.keys["api_key"], gzip=True)
    yield caller
    caller.end()
    assert caller.errors == []


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


def carts(shop: Shop, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.api.get("/v1/carts", params=query).json()["data"]
    return found


def test_a_visit_told_by_a_server_is_a_session_with_a_cart_and_an_order(shop: Shop, caller: Caller) -> None:
    caller.hands_on("page", "/?utm_source=mail&utm_medium=email&utm_campaign=spring", name="Home")
    caller.hands_on("track", "/search", event="Products Searched", properties={"query": "hat"})
    caller.hands_on("track", "/p/1", event="Product Viewed", properties=PRODUCT)
    caller.hands_on("track", "/p/1", event="Product Added", properties=PRODUCT)
    caller.hands_on("track", "/p/7", event="Product Added", properties=CAP)
    caller.hands_on("identify", "/login", user_id="c-1", traits={"plan": "gold"})
    caller.hands_on("track", "/checkout", event="Checkout Started", properties={"products": [PRODUCT]})
    bought = {"order_id": "o-1", "revenue": 19.8, "currency": "EUR", "products": [PRODUCT]}
    caller.hands_on("track", "/thanks", user_id="c-1", event="Order Completed", properties=bought)
    caller.hands_on("page", "/thanks", name="Thank you")
    caller.client.flush()

    session = until(lambda: next((one for one in shop.sessions("ann") if one["page_views"] == 2), None), what="the session with all its pages")
    assert (session["searches"], session["quarantine"], session["source"]["campaign"]) == (["hat"], None, "spring")
    assert [(item["id"], item["quantity"]) for item in session["cart"]["items"]] == [("C7", 2)]
    assert [(order["order_id"], order["value"]) for order in session["purchases"]] == [("o-1", 19.8)]
    assert (session["visitor"]["status"], session["visitor"]["customer_id"]) == ("registered", "c-1")
    (cart,) = until(lambda: carts(shop, customer_id="c-1"), what="the cart, which is written after its sessions")
    assert (cart["state"], cart["items_count"], cart["value"]) == ("open", 2, 25.0)
    customer = shop.api.get("/v1/customers/c-1").json()
    assert (customer["attributes"], customer["orders_count"]) == ({"plan": "gold"}, 1)


def test_a_ga4_body_is_a_session_with_a_cart_too(shop: Shop) -> None:
    item = {"item_id": "X1", "item_name": "One", "item_category": "Hats", "price": 9.9, "quantity": 2}
    common = {"page_location": "https://shop.example/p/1", "session_id": "1"}
    body = {"client_id": "123.456", "user_id": "c-3", "timestamp_micros": time.time_ns() // 1000, "events": [
        {"name": "page_view", "params": {**common, "page_title": "One"}}, {"name": "view_item", "params": {**common, "items": [item]}},
        {"name": "add_to_cart", "params": {**common, "currency": "EUR", "value": 19.8, "items": [item]}},
        {"name": "begin_checkout", "params": {**common, "items": [item]}},
    ]}  # fmt: skip
    query = {"measurement_id": shop.keys["site_key"], "api_secret": shop.keys["api_key"]}
    assert httpx.post(f"{shop.product.public}/mp/collect", params=query, json=body, trust_env=False, timeout=PATIENCE_S).json()["accepted"] == 4
    (cart,) = until(lambda: carts(shop, customer_id="c-3"), what="the cart")
    assert (cart["state"], cart["stage"], cart["value"], cart["items_count"]) == ("open", "checkout", 19.8, 2)
    (session,) = until(lambda: shop.sessions("123.456"), what="the session")
    assert [(seen["id"], seen["views"]) for seen in session["products_viewed"]] == [("X1", 1)]


def test_a_revoked_key_is_refused_by_the_running_door_without_a_restart(shop: Shop) -> None:
    def status() -> int:
        call = {"batch": [], "writeKey": shop.keys["api_key"]}
        return httpx.post(f"{shop.product.public}/v1/batch", json=call, trust_env=False, timeout=PATIENCE_S).status_code

    until(lambda: status() == 200, what="the key is known")
    revoked = tracker(shop.product.data, "key", "revoke", shop.keys["api_key"][:11])
    assert revoked.returncode == 0, revoked.stderr
    until(lambda: status() == 401, what="the key is unknown")


def test_what_a_server_knows_of_a_customer_alone_meets_the_browsers_cart(shop: Shop, caller: Caller) -> None:
    """The page talks through the tag; the order comes from the shop's server, with a user id and nothing else."""
    item = {"id": "X1", "price": 9.9, "quantity": 1}
    shop.post("bob", {"id": "1", "type": "cart_add", "items": [item]}, {"id": "2", "type": "identify", "customer_id": "c-2"})
    until(lambda: carts(shop, customer_id="c-2"), what="the cart")
    caller.client.identify("c-2", {"tier": 2})
    caller.client.track("c-2", "Order Completed", {"order_id": "o-2", "products": [{"sku": "X1", "quantity": 1, "price": 9.9}]})
    caller.client.flush()
    (cart,) = until(lambda: carts(shop, customer_id="c-2", state="bought"), what="the cart that was bought")
    assert cart["items_count"] == 1
    assert shop.api.get("/v1/customers/c-2").json()["attributes"] == {"tier": 2}


def test_every_call_of_the_library_is_taken_or_named(spoken: Spoken) -> None:
    caller = Caller(str(spoken.client.base_url), spoken.secret)
    caller.client.page(anonymous_id="a", category="Docs", name="Start", properties={"depth": 2})
    caller.client.screen(anonymous_id="a", name="Home")
    caller.client.alias("a", "c-1")
    caller.client.group("c-1", "g-1", {"name": "Company"})
    caller.client.track(7, "Something", {"a": 1})
    caller.end()
    assert caller.errors == []
    assert [row["type"] for row in spoken.rows()] == ["page_view", "page_view", "identify", "custom"]
    assert spoken.tally()["shop", "dropped", "not_mapped"] == 1


def test_a_wrong_key_is_given_up_at_once(spoken: Spoken) -> None:
    caller = Caller(str(spoken.client.base_url), "sk_wrong")
    caller.client.track("c-1", "Something")
    caller.end()
    assert len(caller.errors) == 1
    assert "key_unknown" in caller.errors[0]
    assert "(401)" in caller.errors[0]


def test_a_door_that_says_come_again_gets_every_message_once(spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the spool is full (503), then the site is above its rate (429). The ids stay the same over all attempts."""
    monkeypatch.setattr(door, "RETRY_AFTER_S", (1, 1))
    spoken.collector.spool.room.spool_max_bytes = -1
    caller = Caller(str(spoken.client.base_url), spoken.secret, upload_size=4)
    ids = [f"m-{number}" for number in range(12)]
    for message_id in ids[:6]:
        caller.client.track(anonymous_id="a", event="Something", message_id=message_id)
    until(lambda: spoken.tally()["shop", "refused", "spool_full"], what="a 503")
    spoken.collector.spool.room.spool_max_bytes = 2**30
    spoken.limit(events_per_s=4, burst=6)
    for message_id in ids[6:]:
        caller.client.track(anonymous_id="a", event="Something", message_id=message_id)
    caller.end()
    assert caller.errors == []
    assert sorted(row["event_id"] for row in spoken.rows()) == sorted(ids)
    assert spoken.tally()["shop", "refused", "too_many_events"] > 0


def test_an_answer_that_is_lost_repeats_the_batch_with_the_same_ids(spoken: Spoken) -> None:
    """The library sends again what it had no answer to: each copy has the id, so that it counts once."""
    caller = Caller(str(spoken.client.base_url), spoken.secret, send=False)
    _, message = caller.client.track(anonymous_id="a", event="Something")
    for _ in range(2):
        assert spoken.call("batch", {"batch": [message]}, key=spoken.secret).status_code == 200
    assert len({row["event_id"] for row in spoken.rows()}) == 1
    caller.client.consumers.clear()
