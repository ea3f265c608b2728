"""A person is gone: no row, and no byte in the data folder, whatever comes afterwards (docs/guarantees.md, no. 64)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines import PERSON
from tests.faults.data_bytes import holding
from tests.product import Product, Shop, tracker, until
from tracker.ledger import Tally, line
from tracker.segment import framed, new_name

ANN = ("visitor-of-ann", "second-visitor-of-ann", "customer-ann-4711", "order-of-ann", "page-of-ann")
BEN = "customer-ben-0815"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Product]]:
    """What was started last is the one that runs."""
    products = [Product(tmp_path, "--demo")]
    yield products
    for product in products:
        product.stop()


def view(name: str, person: str) -> dict[str, Any]:
    return {"id": name, "type": "page_view", "url": f"https://shop.example/page-of-{person}", "title": "A page"}


def visits(shop: Shop) -> None:
    ann = {"id": "i-1", "type": "identify", "customer_id": "customer-ann-4711", "traits": {"size": 38}}
    basket = {"id": "c-1", "type": "cart_add", "items": [{"id": "X1", "name": "Espresso", "price": 10}]}
    shop.post(
        "visitor-of-ann", view("a-1", "ann"), ann, basket, {"id": "o-1", "type": "order", "order_id": "order-of-ann", "value": 10, "currency": "EUR"}
    )
    shop.post("visitor-of-ben", view("b-1", "ben"), {"id": "i-2", "type": "identify", "customer_id": BEN})
    order = {"order_id": "order-of-ann", "at": "2026-01-01T00:00:00Z", "customer_id": "customer-ann-4711", "value": 10, "currency": "EUR"}
    assert shop.api.post("/v1/orders", content=json.dumps(order)).status_code == 202


def pulled(shop: Shop) -> str:
    """Everybody's carts are handed out to the CRM and told to the webhooks. Where the pull is to be read."""
    everybody = shop.api.post("/v1/lists", json={"name": "All carts", "subject": "carts", "suppression": {"reasons": []}}).json()
    program = {"name": "Letter", "list_id": everybody["list_id"], "cells": [{"name": "letter", "share": 1}]}
    span = {"from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z", "state": "running"}
    campaign = shop.api.post("/v1/campaigns", json={"name": "A campaign", **span, "programs": [program]}).json()
    pulls = f"/v1/programs/{campaign['programs'][0]['program_id']}/pulls"
    made = shop.api.post(pulls, json={"push": True}).json()
    assert made["handed_out"] == 1, made
    return f"{pulls}/{made['pull_id']}"


def waiting(site: str) -> bytes:
    """A segment as the door leaves it: a page of her second browser and who she is, and a line that the database will not take."""
    at = time.time() - 60
    told = {"site": site, "at": at, "received_at": at, "source": "tag"}
    rows = [
        {**told, "visitor_id": "second-visitor-of-ann", "event_id": "w-1", "type": "page_view", "url": "https://shop.example/page-of-ann"},
        {**told, "visitor_id": "second-visitor-of-ann", "event_id": "w-2", "type": "identify", "customer_id": "customer-ann-4711"},
        {**told, "visitor_id": "visitor-of-ann", "event_id": "w-3", "type": "page_view", "tag_version": "no number"},
    ]
    tally = Tally({(site, "received", ""): 3, (site, "accepted", ""): 3})
    return framed([json.dumps(row, separators=(",", ":")).encode() for row in rows] + [line(tally)])


def put(data: Path, segment: bytes) -> None:
    (data / "spool" / "collect" / f"{new_name()}.seg").write_bytes(segment)


def forget(data: Path, *whom: str) -> dict[str, Any]:
    done = tracker(data, "forget", "--site", "shop", *whom, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_an_erased_person_leaves_no_byte_and_never_comes_back(running: list[Product], tmp_path: Path) -> None:
    product = running[0]
    shop = Shop(product, "shop")
    keys = shop.keys
    shop.door.headers["User-Agent"] = PERSON  # a robot's cart is handed out to nobody
    visits(shop)
    until(lambda: shop.sessions("visitor-of-ann") and shop.sessions("visitor-of-ben"), what="the sessions")
    until(lambda: shop.api.get("/v1/customers/customer-ann-4711").status_code == 200, what="the customer")
    pull = pulled(shop)
    assert "customer-ann-4711" in shop.api.get(pull).text
    shop.close()
    product.stop()
    segment = waiting("shop")
    put(tmp_path, segment)
    assert set(holding(tmp_path, ANN)) == set(ANN)

    # `serve` does not run: the command brings in what is spooled, and takes it out again
    erased = forget(tmp_path, "--customer", "customer-ann-4711")

    assert erased["visitor_ids"] == ["second-visitor-of-ann", "visitor-of-ann"]
    assert (erased["deleted"]["dead_letters"], erased["deleted"]["pull_rows"]) == (1, 1)
    assert erased["left_on_disk"] == 0
    assert holding(tmp_path, ANN) == {}
    assert set(holding(tmp_path, [BEN])) == {BEN}

    # and nothing brings her back: a segment that turns up again, a letter of her browser that was on its way for long, an import
    put(tmp_path, segment)
    running.append(product := Product(tmp_path, "--demo"))
    shop = Shop(product, "shop", keys)
    now_ms = time.time_ns() // 1_000_000
    late = {
        "v": 1,
        "site": keys["site_key"],
        "visitor": "visitor-of-ann",
        "sent_at": now_ms,
        "events": [{**view("l-1", "ann"), "at": now_ms - 3_600_000}],
    }
    assert shop.door.post("/v1/events", content=json.dumps(late)).json() == {"accepted": 0, "refused": []}
    old = {
        "id": "m-1",
        "type": "page_view",
        "at": 1_700_000_000_000,
        "visitor": "visitor-of-ann",
        "page": {"url": "https://shop.example/page-of-ann"},
    }
    history = tmp_path.parent / f"{tmp_path.name}.ndjson"
    history.write_text(json.dumps(old) + "\n" + json.dumps({**old, "id": "m-2", "visitor": "visitor-of-cem", "page": {"url": "/"}}))
    assert tracker(tmp_path, "import", str(history), "--site", "shop", "--format", "tracker").returncode == 0
    until(lambda: shop.sessions("visitor-of-cem"), what="what stands beside her in the import")
    until(lambda: not list((tmp_path / "spool" / "collect").glob("*.seg")), what="the segment that turned up again")
    assert until(lambda: accounts(shop), what="the accounts with all of them") == ({"erased": 1}, 4)
    assert shop.sessions("visitor-of-ann") == []
    assert shop.api.get(pull).json()["data"] == []
    assert shop.api.get("/v1/customers/customer-ann-4711").status_code == 404

    # what is new is new, and Ben is erased while `serve` runs
    assert shop.post("visitor-of-ann", {"id": "n-1", "type": "page_view", "url": "https://shop.example/new"}).json()["accepted"] == 1
    until(lambda: shop.sessions("visitor-of-ann"), what="her new visit")
    export = json.loads(tracker(tmp_path, "export-person", "--site", "shop", "--customer", BEN).stdout)
    assert [event["id"] for event in export["events"]] == ["b-1", "i-2"]
    assert forget(tmp_path, "--customer", BEN)["deleted"]["events"] == 2
    shop.close()
    assert holding(tmp_path, [*ANN[1:], BEN, "visitor-of-ben"]) == {}
    log = tracker(tmp_path, "forget", "--site", "shop", "--log").stdout
    assert len(log.splitlines()) == 2
    assert not [word for word in (*ANN, BEN) if word in log + "\n".join(product.said)]


def accounts(shop: Shop) -> tuple[dict[str, int], int] | None:
    """(dropped by reason, dead because erased), once nothing is in the spool; the equations hold then too."""
    told = shop.api.get("/v1/quality").json()["accounting"]
    dropped, dead = ({each["reason"]: each["count"] for each in told[name]} for name in ("dropped", "dead"))
    if told["in_spool"] or dead.get("erased", 0) < 4:
        return None
    assert told["accepted"] == told["stored"] + sum(dead.values())
    assert told["received"] == told["accepted"] + sum(each["count"] for each in told["refused"]) + sum(dropped.values())
    return dropped, dead["erased"]
