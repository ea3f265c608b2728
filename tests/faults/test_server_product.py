"""The product on a real ClickHouse server: whole and in parts, with the server going away under it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from httpx import Response

from tests.faults.clickhouse import ClickHouse
from tests.faults.oracle import Oracle
from tests.faults.parts import PATIENCE_S, Parts, new_site, verdict
from tests.faults.settling import fresh_event_is_seen, page_views, seen, settled
from tests.faults.sizes import size
from tests.product import Product, Shop, child_pid, tracker, until

EVENTS_PER_S, EVENTS_PER_BATCH = 500, 12
ORDER = {"order_id": "A-1", "customer_id": "ann", "status": "placed", "value": 20, "currency": "EUR"}
OFFER = {
    "name": "Visitors", "subject": "session", "conditions": [{"field": "page_views", "operator": "at_least", "value": 1}],
    "action": {"kind": "offer", "offer_id": "ten-percent"},
}  # fmt: skip
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"  # by its own name it would be a robot
AWAY_S = size(3, 600)
DEAF_S = size(3, 90)  # long: three times what the supervisor bears of a process


def load_of(address: str, site_key: str) -> Oracle:
    return Oracle(lambda: address, site_key, events_per_batch=EVENTS_PER_BATCH, batches_per_s=EVENTS_PER_S / EVENTS_PER_BATCH, give_up_s=0)


def test_the_server_is_killed_and_falls_silent_under_load_and_the_door_takes_every_event(server: ClickHouse, tmp_path: Path) -> None:
    """`serve` on a server; not one post is refused or sent twice, the backlog drains, no process was ended for the server's silence."""
    dsn = server.dsn(server.new_database())
    product = Product(tmp_path / "data", "--demo", "--store", dsn, "--insert-max-s", "2")
    shop = Shop(product, "shop", new_site(product.data, dsn))
    pid = child_pid(product.process.pid, "store")
    with load_of(product.public, shop.keys["site_key"]) as oracle:
        oracle.more_acknowledged(EVENTS_PER_S)
        server.kill()
        oracle.more_acknowledged(AWAY_S * EVENTS_PER_S, 2 * AWAY_S + 30)
        server.start()
        oracle.more_acknowledged(EVENTS_PER_S)
        server.pause()
        oracle.more_acknowledged(DEAF_S * EVENTS_PER_S, 2 * DEAF_S + 30)
        server.resume()
    assert [batch.sent for batch in oracle.batches if batch.sent > 1 or batch.fate != "acknowledged"] == []
    until(lambda: shop.api.get("/v1/sessions").status_code == 200, what="the API")
    settled(shop, oracle)
    fresh_event_is_seen(shop, oracle)
    assert child_pid(product.process.pid, "store") == pid
    shop.close()
    assert product.stop() == 0, "\n".join(product.said)
    verdict(oracle, dsn)


def test_the_parts_are_started_at_once_before_the_server_and_find_each_other(server: ClickHouse, tmp_path: Path) -> None:
    """The door and the writer of one machine, the sessionizer, the API: each waits for the server, all bring its schema up to date together."""
    dsn = server.dsn(server.new_database())
    server.kill()
    with Parts(tmp_path / "data", dsn) as parts:
        until(lambda: all("Trying again" in parts.said(name) for name in ("write", "sessionize", "profiles")), PATIENCE_S, "three that wait")
        server.start()
        parts.ready()
        keys = new_site(parts.data, dsn)
        shop = Shop(parts, "shop", keys)
        with load_of(parts.public, keys["site_key"]) as oracle:
            oracle.more_acknowledged(EVENTS_PER_S)
        ordered = shop.api.post("/v1/orders", json=ORDER | {"at": datetime.now(UTC).isoformat().replace("+00:00", "Z")})
        assert ordered.json() == {"accepted": 1, "refused": []}
        until(lambda: seen(shop) == page_views(oracle), what="every session")
        until(lambda: shop.api.get("/v1/customers/ann").status_code == 200, what="the customer of the order")
        offer_reaches_the_door(shop)
        second = tracker(parts.data, "write", "--store", dsn)
        assert (second.returncode, f"in use by process {parts.processes['write'].pid}" in second.stderr) == (3, True)
        rebuild = tracker(parts.data, "rebuild", "--site", "shop", "--store", dsn)
        assert (rebuild.returncode, "`tracker sessionize` runs" in rebuild.stderr) == (2, True)
        shown = tracker(parts.data, "migrate", "--show", "--store", dsn).stdout
        assert ("0001 events" in shown, "missing" in shown) == (True, False)
        assert parts.stop() == dict.fromkeys(parts.NAMES, 0)
        shop.close()


def offer_reaches_the_door(shop: Shop) -> None:
    """`profiles` finds whom a rule meets, the file of `profiles` or `write` tells the door, which knows no database."""
    made = shop.api.post("/v1/rules", json=OFFER)
    assert made.status_code == 200, made.text
    shop.door.headers["User-Agent"] = FIREFOX
    told = [{"offer_id": "ten-percent", "response_code": made.json()["cells"][0]["response_code"]}]
    until(lambda: page_viewed(shop).json().get("offers") == told, what="the offer")


def page_viewed(shop: Shop) -> Response:
    return shop.post("v-offer", {"id": str(uuid4()), "type": "page_view", "url": "https://shop.example/"})
