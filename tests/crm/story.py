"""Four hours of a shop, told to a receiver on a real socket: every type of message that there is, each made by who makes it in the product.

in   an API over a database, a receiver
out  what the receiver got
"""

from __future__ import annotations

import time
from typing import Any

from profiles.announcing import LOOK_S, Announcer
from profiles.rules.loop import Runner
from profiles.webhooks.keeping import Webhook
from tests.product import until
from tests.profiles.campaigns.world import a_list, made, pull
from tests.profiles.conftest import Api
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Receiver
from tests.sessionizer.world import DAY, HOUR, MINUTE, Visitor, World
from tracker.clock import iso

COFFEE = {"id": "X1", "name": "Espresso X1", "price": "199.9", "quantity": "1", "currency": "EUR"}
CUPS = {"id": "X2", "name": "Two cups", "price": "24.5", "quantity": "2", "currency": "EUR"}
ABANDONED = {"field": "state", "operator": "is", "value": "abandoned"}
LONG = {"field": "page_views", "operator": "at_least", "value": 1}
KNOWN = {"field": "sessions_count", "operator": "at_least", "value": 1}


class Story:
    """The clock of all of them begins four hours ago and ends now: the reference library compares with the real time."""

    def __init__(self, api: Api, receiver: Receiver) -> None:
        self.api, self.receiver = api, receiver
        self.world, self.post = World(api.deps.store, api.site).begin(), Post(api.deps.store, api.site, receiver)
        self.at(time.time_ns() // 1_000_000 - 4 * HOUR)
        self.webhook: Webhook = self.post.webhook()

    def at(self, at_ms: int) -> None:
        self.world.clock.at_ms = self.post.clock.at_ms = self.api.clock.at_ms = at_ms

    def later(self, minutes: float) -> None:
        self.world.tick()
        self.at(self.world.clock.at_ms + round(minutes * MINUTE))
        self.world.tick()

    def tell(self) -> None:
        self.rules()
        begun_ms = self.world.clock.at_ms
        anna = self.visit("anna", "c-1", COFFEE, path="/?utm_campaign=autumn&utm_medium=email")
        self.visit("bert", "c-2", CUPS)
        cleo = self.visit("cleo", "", COFFEE)
        self.later(61)
        anna.wait(minutes=10).view("/cart").act("order", order_id="o-1", items=[COFFEE], value="199.9", currency="EUR")
        late_ms = begun_ms + 20 * MINUTE  # before it counted as abandoned
        self.world.order_from_server("o-2", at_ms=late_ms, visitor_id=cleo.id, items=[COFFEE], value="199.9", currency="EUR")
        self.later(0)
        self.at(time.time_ns() // 1_000_000)
        self.world.tick()
        self.announced()
        self.pulled()
        assert self.api.call("POST", f"/v1/webhooks/{self.webhook.webhook_id}/ping").status_code == 200
        self.at(time.time_ns() // 1_000_000)
        self.post.go()

    def visit(self, name: str, customer_id: str, item: dict[str, str], path: str = "/") -> Visitor:
        visitor = self.world.visitor(name).view(path, title="Shop")
        if customer_id:
            visitor.log_in(customer_id)
        visitor.act("consent", props={"state": "granted", "purposes": ["marketing"]}).wait(seconds=20).view(f"/p/{item['id']}")
        visitor.see("product", item["id"], name=item["name"], category="kitchen", seen_ms=5200, touched_ms=900, touches=2, clicks=1)
        return visitor.read(18_000).wait(seconds=5).act("cart_add", items=[item])

    def rules(self) -> None:
        for subject, condition in (("cart", ABANDONED), ("session", LONG), ("customer", KNOWN)):
            rule = {"name": f"Any {subject}", "subject": subject, "conditions": {"all": [condition]}, "action": {"kind": "webhook"}}
            answer = self.api.call("POST", "/v1/rules", json=rule)
            assert answer.status_code == 200, answer.text

    def announced(self) -> None:
        """As soon as what was inserted counts as settled."""
        now_ms, announcer, runner = time.time_ns() // 1_000_000, Announcer(self.api.deps), Runner(self.api.deps)
        until(lambda: self.api.deps.store.settled_ms() > now_ms)
        self.at(time.time_ns() // 1_000_000)
        while announcer.look() < LOOK_S:
            pass
        runner.read_rules(self.api.clock.now_ms())
        runner.rules = {name: rules for name, rules in runner.rules.items() if name == self.api.site.name}
        runner.look()

    def pulled(self) -> None:
        programs: list[Any] = [{"name": "First letter", "list_id": a_list(self.api), "cells": [{"name": "mail", "share": 1}]}]
        span = {"from": iso(self.api.clock.at_ms), "until": iso(self.api.clock.at_ms + DAY)}
        made_one = made(self.api, {"name": "Autumn", **span, "state": "running", "programs": programs})
        pull(self.api, made_one["programs"][0]["program_id"], push=True)
