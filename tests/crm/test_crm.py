"""A CRM end beside the whole product: whatever goes wrong on the way, its table says at the end what the API says."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crm.table import Table
from tests.product import ROOT, Product, Shop, until
from tests.profiles.streaming import Reader
from tracker.roof.supervisor import listen

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
HOUR_MS = 3_600_000
TYPES = ["session.closed", "cart.abandoned", "cart.recovered", "cart.retracted", "customer.lifecycle_changed"]


class Receiver:
    """The process of the CRM, started again whenever it ends."""

    def __init__(self, database: Path, port: int, secret: str, schema: bytes, chance: float) -> None:
        database.with_suffix(".secret").write_text(secret)
        database.with_suffix(".schema").write_bytes(schema)
        self.command = [sys.executable, "-m", "tests.crm.receiver", str(database), str(port), str(chance)]
        self.ends = self.kills = 0
        self.process = subprocess.Popen(self.command, cwd=ROOT)

    def watch(self) -> None:
        if self.process.poll() is not None:
            self.ends += 1
            self.process = subprocess.Popen(self.command, cwd=ROOT)

    def kill(self) -> None:
        self.kills += 1
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    listener = listen("127.0.0.1", 0, "")
    port = int(listener.getsockname()[1])
    listener.close()
    return port


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "data", "--demo", "--webhooks-local")
    yield product
    product.stop()


@pytest.fixture
def shop(product: Product) -> Iterator[Shop]:
    shop = Shop(product, "shop")
    shop.door.headers["User-Agent"] = FIREFOX
    yield shop
    shop.close()


class Follower(threading.Thread):
    """Reads the stream, on and on from its last id, and keeps each document as it came last."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(daemon=True)
        self.reader = Reader(shop.product.admin, shop.keys["api_key"], last_id=str(time.time_ns() // 1_000_000))
        self.ends: list[str] = []  # how each reading ended: "" = cleanly
        self.is_last = False
        self.start()

    def run(self) -> None:
        while not self.is_last:
            try:
                with self.reader.opened() as events:
                    for _ in events:
                        pass
                self.ends.append("")
            except httpx.HTTPError as error:
                self.ends.append(repr(error))

    def versions(self) -> dict[str, int]:
        return {name: document["version"] for name, document in list(self.reader.table.items())}


def versions(shop: Shop) -> dict[str, int]:
    """Of all sessions and carts, as the API tells them."""
    found = [each for kind in ("sessions", "carts") for each in shop.api.get(f"/v1/{kind}", params={"limit": 500}).json()["data"]]
    return {each.get("session_id") or each["cart_id"]: each["version"] for each in found}


def visit(shop: Shop, visitor: str, hours_ago: float, *events: dict[str, Any], customer: str = "") -> None:
    """Of a while ago: the page is opened, then the rest a second apart."""
    at_ms = time.time_ns() // 1_000_000 - round(hours_ago * HOUR_MS)
    first = {"type": "page_view", "url": "https://shop.example/"}
    known = [{"type": "identify", "customer_id": customer, "how": "login"}] if customer else []
    told = [{"id": f"{visitor}-{at_ms}-{n}", "at": at_ms + 1000 * n} | event for n, event in enumerate([first, *known, *events])]
    answer = shop.post(visitor, *told)
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == len(told), answer.text


def into_cart(item_id: str, price: float = 20) -> dict[str, Any]:
    return {"type": "cart_add", "items": [{"id": item_id, "name": f"Item {item_id}", "price": price, "quantity": 1, "currency": "EUR"}]}


def ordered(shop: Shop, order_id: str, customer_id: str, item_id: str, hours_ago: float) -> None:
    """The shop's server tells of an order."""
    at = datetime.fromtimestamp(time.time() - hours_ago * 3600, UTC).isoformat().replace("+00:00", "Z")
    items = [{"id": item_id, "price": 20, "quantity": 1}]
    order = {"order_id": order_id, "at": at, "customer_id": customer_id, "value": 20, "currency": "EUR", "items": items}
    assert shop.api.post("/v1/orders", json=order).status_code == 202


def webhook(shop: Shop, port: int) -> dict[str, Any]:
    answer = shop.api.post("/v1/webhooks", json={"url": f"http://127.0.0.1:{port}/hooks", "types": TYPES})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def carts(shop: Shop, state: str) -> dict[str, dict[str, Any]]:
    return {cart["cart_id"]: cart for cart in shop.api.get("/v1/carts", params={"state": state, "limit": 500}).json()["data"]}


def said_by_the_api(shop: Shop, customers: list[str]) -> dict[str, Any]:
    closed = shop.api.get("/v1/sessions", params={"status": "closed", "limit": 500}).json()["data"]
    return {
        "call_back": {cart_id: figures(cart) for cart_id, cart in carts(shop, "abandoned").items()},
        "recovered": set(carts(shop, "recovered")),
        "stages": {each: shop.api.get(f"/v1/customers/{each}").json().get("lifecycle", {}).get("stage") for each in customers},
        "visits": {session["session_id"]: session["version"] for session in closed},
    }


def said_by_the_table(table: Table) -> dict[str, Any]:
    return {
        "call_back": {cart_id: figures(cart) for cart_id, cart in table.call_back().items()},
        "recovered": table.recovered(),
        "stages": table.stages(),
        "visits": table.visits(),
    }


def figures(cart: dict[str, Any]) -> dict[str, Any]:
    """What a message about a cart vouches for. Consent given later raises none."""
    return {name: cart[name] for name in ("owner", "items", "value", "currency", "abandoned_at", "session_ids")}


def hurried(shop: Shop, hook: dict[str, Any]) -> None:
    """What the ladder would send in minutes only is sent again by hand, as a person would who has mended the receiver."""
    waiting = shop.api.get(f"/v1/webhooks/{hook['webhook_id']}/deliveries", params={"status": "waiting", "limit": 100}).json()["data"]
    soon = datetime.fromtimestamp(time.time() + 8, UTC).isoformat()
    for delivery in waiting:
        if delivery["next_at"] and delivery["next_at"] > soon:
            answer = shop.api.post(f"/v1/webhooks/{hook['webhook_id']}/deliveries/{delivery['delivery_id']}/redeliver", json={})
            assert answer.status_code in (200, 409), answer.text


def test_the_table_of_a_crm_says_at_the_end_what_the_api_says(product: Product, shop: Shop, tmp_path: Path) -> None:
    port, table, customers, chance = free_port(), Table(tmp_path / "crm.db"), [f"c-{n}" for n in range(12)], random.Random(6)
    hook = webhook(shop, port)
    schema = shop.api.get("/v1/schemas/message.json").content
    receiver, follower = Receiver(tmp_path / "crm.db", port, hook["secret"], schema, 0.35), Follower(shop)

    def trouble() -> None:
        receiver.watch()
        hurried(shop, hook)
        if receiver.kills < 3 and chance.random() < 0.05:
            receiver.kill()

    def all_abandoned() -> bool:
        trouble()
        return len(table.call_back()) == 13

    def the_same() -> bool:
        trouble()
        return len(table.retracted()) == 4 and said_by_the_table(table) == said_by_the_api(shop, customers)

    try:
        for n, customer in enumerate(customers):
            visit(shop, f"visitor-{n:04}", 5 + n / 100, into_cart(f"X{n}"), customer=customer)
        visit(shop, "visitor-anon", 4, into_cart("X99"))
        until(all_abandoned, what=lambda: f"13 carts to call back, {len(table.call_back())} are there")
        product.kill("store")
        shop.api.close()
        shop.api = Shop(product, "shop", shop.keys).api
        for n in range(4):
            ordered(shop, f"o-{n}", customers[n], f"X{n}", 2)  # after it was abandoned: recovered
        for n in range(4, 8):
            ordered(shop, f"o-{n}", customers[n], f"X{n}", 4.9)  # before it was abandoned, told late: taken back
        visit(shop, "visitor-0010", 5.09)  # came late, and belongs to a visit that was told of
        said = {"attributes": {"segment": "gold"}, "consent": {"marketing": True}, "lifecycle": "loyal"}
        assert shop.api.put("/v1/customers/c-11", json=said).status_code == 202
        until(the_same, what=lambda: f"one table\n{said_by_the_table(table)}\nand the other\n{said_by_the_api(shop, customers)}\n")
    finally:
        receiver.kill()
    found = said_by_the_table(table)
    assert (len(found["call_back"]), len(found["recovered"]), len(found["visits"])) == (5, 4, 13)
    assert max(found["visits"].values()) > 1
    assert found["stages"]["c-11"] == "loyal"
    assert {found["stages"][f"c-{n}"] for n in range(8)} == {"new"}
    assert receiver.ends > 0
    assert not (tmp_path / "crm.unfit").exists(), (tmp_path / "crm.unfit").read_text()
    until(lambda: follower.versions() == versions(shop), what="every session and every cart on the stream")
    follower.is_last = True
    assert product.stop() == 0
    follower.join(60)
    assert not follower.is_alive()
    assert (len(follower.ends) > 1, follower.ends[-1]) == (True, ""), "cut by the kill, and ended cleanly by the end of the process"
