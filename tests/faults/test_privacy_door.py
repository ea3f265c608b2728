"""Consent and the scrub, shown on the bytes that lie on the disk (docs/guarantees.md, no. 61 and 63)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.faults.data_bytes import holding
from tests.product import Product, Shop, tracker, until
from tests.tracker import pii_corpus as corpus

ADDRESS = "203.0.113.77"
PERSONAL = [*corpus.EMAILS, *corpus.CARDS, *corpus.PHONES, *corpus.JWTS, corpus.SECRET, "pass-word-of-ann"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("data"), "--demo", "--trusted-proxies", "127.0.0.1")
    yield product
    product.stop()


@pytest.fixture(scope="module")
def shop(product: Product) -> Iterator[Shop]:
    shop = Shop(product, "shop")
    assert tracker(product.data, "site", "set", "shop", "--consent", "required").returncode == 0
    yield shop
    shop.close()


def post(shop: Shop, *events: dict[str, Any], visitor: str | None = None, gpc: bool = False, header: bool = False) -> dict[str, Any]:
    now_ms = time.time_ns() // 1_000_000
    batch = {
        "v": 1,
        "site": shop.keys["site_key"],
        "visitor": visitor,
        "sent_at": now_ms,
        "gpc": gpc,
        "events": [{"at": now_ms, **each} for each in events],
    }
    headers = {"X-Forwarded-For": ADDRESS, "User-Agent": "Firefox"} | ({"Sec-GPC": "1"} if header else {})
    told: dict[str, Any] = shop.door.post("/v1/events", content=json.dumps(batch), headers=headers).json()
    return told


def view(name: str) -> dict[str, Any]:
    return {"id": name, "type": "page_view", "url": "https://shop.example/"}


def add(name: str) -> dict[str, Any]:
    return {"id": name, "type": "cart_add", "items": [{"id": "X1", "price": 10}]}


def identify(name: str, customer_id: str) -> dict[str, Any]:
    return {"id": name, "type": "identify", "customer_id": customer_id}


def found(shop: Shop, *names: str) -> dict[str, str]:
    """event id -> the visitor under whom it is stored; {} until all of these are there."""
    told: dict[str, str] = {}
    for session in shop.api.get("/v1/sessions", params={"limit": 100}).json()["data"]:
        for event in shop.api.get(f"/v1/sessions/{session['session_id']}/events").json()["data"]:
            told[event["id"]] = session["visitor"]["visitor_id"]
    return told if set(names) <= told.keys() else {}


def test_without_consent_nothing_on_the_disk_tells_who_it_was(product: Product, shop: Shop) -> None:
    unknown = post(shop, view("u-1"), add("u-2"), identify("u-3", "customer-unknown"))
    by_header = post(shop, view("h-1"), identify("h-2", "customer-by-header"), visitor="visitor-by-header", header=True)
    by_tag = post(shop, view("g-1"), identify("g-2", "customer-by-tag"), visitor="visitor-by-tag", gpc=True)
    assert [[refusal["reason"] for refusal in told["refused"]] for told in (unknown, by_header, by_tag)] == [["consent_missing"]] * 3

    # she says yes, and later no: the last batch under her name tells it, and names nobody any more
    post(shop, {"id": "y-0", "type": "consent", "state": "granted"}, view("y-1"), identify("y-2", "customer-granted"), visitor="visitor-granted")
    last = post(shop, {"id": "n-0", "type": "consent", "state": "denied"}, identify("n-1", "customer-after"), visitor="visitor-granted")
    post(shop, view("n-2"))
    assert [refusal["reason"] for refusal in last["refused"]] == ["consent_missing"]

    stored = until(lambda: found(shop, "u-1", "h-1", "g-1", "y-1", "n-2"), what="all visits")

    assert stored["y-1"] == "visitor-granted"
    assert {stored[name] for name in ("u-1", "h-1", "g-1", "n-2")} == {stored["u-1"]}
    assert stored["u-1"].startswith("day-")
    (session,) = shop.sessions(stored["u-1"])
    assert session["visitor"]["cookieless"] is True
    cart = until(lambda: shop.api.get("/v1/carts").json()["data"], what="the cart")[0]
    assert cart["suppressed"] == ["no_consent"]
    words = [ADDRESS, "customer-unknown", "customer-by-header", "customer-by-tag", "visitor-by-header", "visitor-by-tag", "customer-after"]
    assert holding(product.data, words) == {}
    assert not [word for word in words if word in "\n".join(product.said)]
    assert set(holding(product.data, ["customer-granted", "203.0.113.0"])) == {"customer-granted", "203.0.113.0"}


def test_what_is_personal_is_nowhere_on_the_disk_nor_in_what_is_handed_out(product: Product, shop: Shop) -> None:
    for number, personal in enumerate(PERSONAL[:-2]):
        address = (
            f"https://ann:pass-word-of-ann@shop.example/{quote(personal, safe='')}?q={quote(personal)}&token={corpus.SECRET}#{quote(quote(personal))}"
        )
        item = {"id": "X1", "name": personal, "category": personal, "brand": personal, "variant": personal}
        told = post(
            shop,
            {"id": f"p-{number}", "type": "page_view", "url": address, "title": f"Hello {personal}", "referrer": address},
            {"id": f"q-{number}", "type": "search", "query": personal},
            {"id": f"r-{number}", "type": "content", "kind": "product", "content_id": "X1", "name": personal, "category": personal},
            {"id": f"s-{number}", "type": "cart_add", "items": [item]},
            {"id": f"t-{number}", "type": "custom", "name": personal, "props": {"note": personal, "password": corpus.SECRET, personal: 1}},
            {"id": f"i-{number}", "type": "identify", "customer_id": "customer-77", "traits": {"contact": personal, "token": corpus.SECRET}},
            visitor="visitor-77",
        )
        assert told == {"accepted": 6, "refused": []}

    last = f"t-{len(PERSONAL) - 3}"
    until(lambda: found(shop, last), what="the last of them")
    export = until(lambda: exported(product.data, last), what="the export")

    assert holding(product.data, PERSONAL) == {}
    assert [personal for personal in PERSONAL if personal in export + "\n".join(product.said)] == []
    assert json.loads(export)["profile"]["attributes"]["token"] == "[removed]"


def exported(data: Path, last: str) -> str:
    told = tracker(data, "export-person", "--site", "shop", "--customer", "customer-77").stdout
    return told if f'"{last}"' in told and '"attributes"' in told else ""
