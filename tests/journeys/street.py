"""A shop in a street: visitors whose tags post batches, a shop server that feeds orders, an API that is asked what became of it.

in   what people do, on a moving clock
out  batches as on the wire, through the door's own decoding and row builder into `events`; then a tick, then answers of the API
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sessionizer.loop import Sessionizer
from tests.profiles.conftest import Api
from tests.sessionizer.world import FIREFOX, span_ms
from tracker import event
from tracker.clock import iso

START_MS = 1_774_008_000_000  # 2026-03-20T12:00:00Z, a Friday; ten days later Europe's clocks are put forward
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
Answer = dict[str, Any]


@dataclass
class Street:
    api: Api
    sessionizer: Sessionizer
    lines: list[bytes] = field(default_factory=list)
    count: int = 0

    @property
    def now_ms(self) -> int:
        return self.api.clock.at_ms

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count:05d}"

    def wait(self, **span: float) -> Street:
        self.api.clock.at_ms += span_ms(**span)
        return self

    def visitor(self, name: str = "", **more: Any) -> Passer:
        return Passer(self, name or self.name("visitor"), **more)

    def server(self, *orders: Answer) -> None:
        """The shop's own server reports orders, or a watermark."""
        answer = self.api.call("POST", "/v1/orders", content=json.dumps(orders))
        assert answer.json()["refused"] == []

    def tick(self, **span: float) -> None:
        self.wait(**span)
        self.lines += self.api.spool.lines
        self.api.spool.lines.clear()
        self.sessionizer.store.insert("events", b"\n".join(self.lines))
        self.lines.clear()
        self.sessionizer.tick()

    # What the API answers

    def sessions(self, **asked: Any) -> list[Answer]:
        """Oldest first."""
        found: list[Answer] = self.api.get("/v1/sessions", **asked)["data"]
        return found[::-1]

    def carts(self, **asked: Any) -> list[Answer]:
        found: list[Answer] = self.api.get("/v1/carts", **asked)["data"]
        return found[::-1]

    def cart(self, **asked: Any) -> Answer:
        (cart,) = self.carts(**asked)
        return cart

    def history(self, cart: Answer) -> list[Answer]:
        found: list[Answer] = self.api.get(f"/v1/carts/{cart['cart_id']}/history")["data"]
        return found

    def customer(self, customer_id: str) -> Answer:
        found: Answer = self.api.get(f"/v1/customers/{customer_id}")
        return found

    def iso(self, **since_start: float) -> str:
        return iso(START_MS + span_ms(**since_start))


@dataclass
class Passer:
    """One browser with the tag in its pages. What it was refused is kept in `refused`."""

    street: Street
    id: str
    ua: str = FIREFOX
    ip: str = "192.0.2.0"
    skew_ms: int = 0  # how far its clock is ahead
    page: Answer = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    last: Answer = field(default_factory=dict)  # the batch posted last

    def wait(self, **span: float) -> Passer:
        self.street.wait(**span)
        return self

    def say(self, type: str, **fields: Any) -> Passer:  # noqa: A002 - the field's name
        at_ms = self.street.now_ms + self.skew_ms
        told = {"id": self.street.name("event"), "type": type, "at": at_ms} | fields
        self.last = {"v": 1, "site": self.street.api.site.site_key, "visitor": self.id, "sent_at": at_ms, "page": self.page, "events": [told]}
        return self.post(self.last)

    def post(self, batch: Answer) -> Passer:
        read = event.decode(json.dumps(batch).encode())
        receipt = event.Receipt(
            site=self.street.api.site, received_ms=self.street.now_ms, visitor_id=read.visitor or "", ua=self.ua, ip=self.ip,
            sent_ms=read.sent_at, page=read.page, webdriver=read.webdriver,
        )  # fmt: skip
        parsed = event.parse(read.events, receipt)
        self.refused += [refusal.reason for refusal in parsed.refusals]
        self.street.lines += [msgspec.json.encode(row) for row in parsed.rows]
        return self

    def again(self) -> Passer:
        """The last batch once more, as after an answer that never came: a later `sent_at`, the same ids."""
        return self.post(self.last | {"sent_at": self.street.now_ms + self.skew_ms})

    def view(self, path: str = "/", referrer: str = "") -> Passer:
        self.page = {"id": self.street.name("page"), "url": f"https://shop.example{path}", "title": "A page", "referrer": referrer}
        return self.say("page_view")

    def read(self, seconds: float) -> Passer:
        return self.say("engagement", engaged_ms=seconds * 1000, scroll_pct=80)

    def see(self, kind: str, content_id: str, **ladder: Any) -> Passer:
        return self.say("content", kind=kind, content_id=content_id, **ladder)

    def add(self, item_id: str, price: float = 20, quantity: int = 1) -> Passer:
        return self.say("cart_add", items=[item(item_id, price, quantity)])

    def remove(self, item_id: str) -> Passer:
        return self.say("cart_remove", items=[{"id": item_id}])

    def checkout(self, step: int = 1) -> Passer:
        return self.say("checkout", step=step)

    def order(self, order_id: str, *items: Answer, value: float = 20) -> Passer:
        return self.say("order", order_id=order_id, value=value, currency="EUR", items=list(items) or [item("X1")])

    def log_in(self, customer_id: Any, how: str = "login") -> Passer:
        return self.say("identify", customer_id=customer_id, how=how)

    def log_out(self) -> Passer:
        return self.say("logout")

    def sessions(self) -> list[Answer]:
        return self.street.sessions(visitor_id=self.id)

    def session(self) -> Answer:
        (session,) = self.sessions()
        return session


def item(item_id: str, price: float = 20, quantity: int = 1) -> Answer:
    return {"id": item_id, "name": f"Item {item_id}", "price": price, "quantity": quantity, "currency": "EUR"}


def contents(cart: Answer) -> dict[str, float]:
    return {line["id"]: line["quantity"] for line in cart["items"]}
