"""The whole product: a cart is left and the CRM is to be told, a visitor about to buy is shown an offer, and the codes come back with the orders."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import Product, Shop, tracker, until
from tests.profiles.rules.world import ABANDONED, above
from tests.profiles.webhooks.receiver import Receiver

CUTOFF_S = 600
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"  # by its own name it would be a robot
X1 = {"id": "X1", "name": "Espresso X1", "price": 199.9, "quantity": 1, "currency": "EUR"}
NO_ORDER = {"field": "purchases", "operator": "at_most", "value": 0}
PURCHASE = {"field": "purpose", "operator": "is", "value": "purchase"}


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path, "--demo", "--webhooks-local")
    yield running
    running.stop()


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "type": kind, **fields}


def rule(shop: Shop, **given: Any) -> Any:
    made = shop.api.post("/v1/rules", json=given)
    assert made.status_code == 200, made.text
    return made.json()


def fired(shop: Shop, made: Any) -> int:
    return sum(cell["fired"] for cell in shop.api.get(f"/v1/rules/{made['rule_id']}").json()["cells"])


def offers(shop: Shop, visitor: str) -> Any:
    return shop.post(visitor, event("custom", name="still here")).json().get("offers")


def cart_of(shop: Shop, visitor: str) -> Any:
    return shop.api.get("/v1/carts", params={"visitor_id": visitor}).json()["data"][0]


@pytest.fixture
def crm() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_what_rules_do_comes_back_with_an_order_and_outlives_a_kill(product: Product, crm: Receiver) -> None:
    shop = Shop(product, "shop")
    shop.door.headers["User-Agent"] = FIREFOX
    assert tracker(product.data, "site", "set", shop.keys["site"], "--cart-cutoff-s", str(CUTOFF_S)).returncode == 0
    assert shop.api.post("/v1/webhooks", json={"url": crm.url("/hook"), "types": ["rule.matched"]}).status_code == 201
    left = rule(shop, name="Dear carts", subject="cart", conditions=[ABANDONED, above(100)], action={"kind": "webhook"})
    buying = rule(shop, name="Buyers", subject="session", conditions=[PURCHASE, NO_ORDER], action={"kind": "offer", "offer_id": "ten-percent"})
    now_ms = time.time_ns() // 1_000_000
    leaver, buyer = str(uuid.uuid4()), str(uuid.uuid4())
    shop.post(leaver, event("cart_add", items=[X1], at=now_ms - CUTOFF_S * 1000 + 3000))  # abandoned in three seconds
    shop.post(
        buyer, event("product_view", items=[X1]), event("cart_add", items=[X1]), event("checkout", step=1, value=199.9, currency="EUR", items=[X1])
    )
    until(lambda: fired(shop, buying) == 1, what="the rule about visitors who buy")
    told = until(lambda: offers(shop, buyer), what="an offer")
    assert told == [{"offer_id": "ten-percent", "response_code": buying["cells"][0]["response_code"]}]
    until(lambda: fired(shop, left) == 1, what="the rule about carts that are left")
    before = fired(shop, buying)
    product.kill("store")
    assert (offers(shop, buyer), fired(shop, buying)) == (told, before)
    code = left["cells"][0]["response_code"]
    shop.post(leaver, event("order", order_id="o-1", value=199.9, currency="EUR", items=[X1], response_code=code))
    shop.post(buyer, event("order", order_id="o-2", value=199.9, currency="EUR", items=[X1], response_code=told[0]["response_code"]))
    recovered = until(lambda: (cart := cart_of(shop, leaver))["recovered"] and cart, what="the recovery")
    assert (recovered["state"], recovered["recovered"]["how"]) == ("recovered", "response")
    until(lambda: shop.sessions(buyer)[0]["purchases"], what="the buyer's order")
    assert fired(shop, left) == 1
    until(lambda: crm.at("/hook"), what="the message to the CRM")
    assert len({got.message_id for got in crm.at("/hook")}) == 1
    data = json.loads(crm.at("/hook")[0].body)["data"]
    assert (data["rule"]["name"], data["response_code"], data["cart"]["value"]) == ("Dear carts", code, 199.9)
    shop.close()
