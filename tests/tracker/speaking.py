"""A collector that is spoken to in Segment's and GA4's words."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx

from tests.tracker.test_door import OTHER, SHOP, Running
from tracker.keys import KEY_ID_LENGTH, digest, new_key
from tracker.limits import Buckets
from tracker.sites import DoorKey, Site, write_site_file

HOME = SHOP.origins[0]
ASKS = Site(name="asks", site_key="pk_asks", origins=("https://asks.example",), consent="required")
PAGE = {"url": f"{HOME}/p/1", "title": "One", "referrer": "https://search.example/", "path": "/p/1"}
CONTEXT = {"ip": "192.0.2.77", "userAgent": "Mozilla/5.0 (X11)", "page": PAGE, "library": {"name": "analytics.js"}}
CALL = {"messageId": "m-1", "anonymousId": "anon-1", "context": CONTEXT}
PRODUCT = {"sku": "X1", "product_id": "p1", "name": "One", "category": "Hats", "brand": "B", "variant": "red", "price": 9.9, "quantity": 2}
VIEWED = {**CALL, "event": "Product Viewed", "properties": PRODUCT}

TRACK = {**VIEWED, "type": "track"}
TOLD = {**TRACK, "anonymousId": None, "userId": "u-1"}
ORDER = {"event": "Order Completed", "properties": {"order_id": "o-1", "revenue": 19.8, "currency": "EUR", "products": [PRODUCT]}}


class Spoken(Running):
    """Two shops and one that asks for consent; `secret` is the first shop's key for events, `foreign` the second's."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.secret, self.foreign, self.old = new_key(), new_key(), new_key()
        keys = (self.door_key(self.secret, SHOP), self.door_key(self.foreign, OTHER), self.door_key(self.old, SHOP, expires_ms=1))
        write_site_file(data / "sites.json", (SHOP, OTHER, ASKS), keys)

    @staticmethod
    def door_key(token: str, site: Site, expires_ms: int | None = None) -> DoorKey:
        return DoorKey(token[:KEY_ID_LENGTH], site.name, digest(token), ("events",), expires_ms)

    def call(self, path: str, body: Any, key: str = "pk_shop", **headers: str) -> httpx.Response:
        """As a library on a server calls: no Origin unless it is given."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/v1/{path}", content=content, headers={"Content-Type": "application/json", **basic(key), **headers})

    def limit(self, events_per_s: int, burst: int) -> None:
        self.collector.door.by_site = Buckets(events_per_s, burst, time.monotonic)

    def collect(self, body: Any, path: str = "/mp/collect", **query: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, params=query, content=content)


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()} if key else {}


def batch(*calls: Any, **more: Any) -> dict[str, Any]:
    return {"batch": list(calls), **more}


def fields(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row.get(name, "") for name in names)
