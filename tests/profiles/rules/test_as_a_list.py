"""A list and a rule see the same of every cart: its fields whatever state it is in, and why its owner is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from profiles.conditions import check, holds
from profiles.lists import counted, members
from profiles.rules import candidates
from tests.profiles.conftest import Api
from tests.profiles.lists.world import wanted
from tests.profiles.samples import NOW_MS
from tests.sessionizer.world import Visitor, World

DAY_S = 86_400
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
X1 = {"id": "X1", "category": "kitchen/coffee", "price": 50, "quantity": 1, "currency": "EUR"}
ASKED: tuple[tuple[str, str, Any], ...] = (
    *(("items", "any_of", [item]) for item in ("X1", "X2")), *(("categories", "any_of", [name]) for name in ("kitchen", "kitchen/coffee")),
    ("items_count", "at_least", 2), ("value", "at_least", {"amount": 60, "currency": "EUR"}), ("currency", "is", "EUR"),
    ("state", "any_of", ["bought", "emptied", "lost"]), ("stage", "is", "checkout"), ("abandonments", "at_least", 1),
    ("abandoned_age_s", "at_least", DAY_S), ("age_s", "at_most", DAY_S), ("customer_known", "is", True),
    ("consent_marketing", "is", "granted"), ("lifecycle", "is", "new"), ("channel", "is", "email"),
)  # fmt: skip


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    world = World(api.deps.store, api.site).begin()
    yield world
    api.clock.at_ms = NOW_MS


def live(world: World) -> None:
    """Carts of every state."""
    world.visitor("v-lost").view("/").add("X1@50")
    world.pass_time(hours=24 * 32)
    for name in ("bought", "recovered", "part", "abandoned", "emptied"):
        world.visitor(f"v-{name}").view("/?utm_medium=email").log_in(name).act("cart_add", items=[X1]).add("X2@20")
    world.pass_time(minutes=2)
    world.visitor("v-bought").order("o-1", "X1@50", "X2@20", value=70)
    world.visitor("v-emptied").remove("X1", "X2")
    world.visitor("v-abandoned").checkout(1)
    Visitor(world, "v-robot", ROBOT).view("/").add("X1@50").wait(seconds=9).order("o-robot", "X1@50", value=50)
    world.tick(minutes=90)
    world.visitor("v-recovered").view("/").order("o-2", "X1@50", "X2@20", value=70)
    world.visitor("v-part").view("/").order("o-3", "X1@50", value=50)
    world.visitor("v-open").view("/").add("X2@20")
    world.tick(minutes=5)


def test_a_list_and_a_rule_see_the_same_of_every_cart(api: Api, world: World) -> None:
    live(world)
    api.clock.at_ms = world.clock.at_ms
    rows = api.get("/v1/carts", limit=100)["data"]
    seen = candidates.of_carts(api.deps, api.site, [row["cart_id"] for row in rows])
    assert {row["state"] for row in rows} == {"open", "abandoned", "bought", "recovered", "emptied", "lost"}
    for asked in ASKED:
        definition = wanted("cart", asked, reasons=["no_consent", "bought_same_item_30d"])
        listed = {each.id: set(each.suppressed) for some in members(api.deps.store, api.site, definition, world.clock.at_ms) for each in some}
        conditions = check([dict(zip(("field", "operator", "value"), asked, strict=True))], "cart")
        assert listed == {each.subject_id: set(each.suppressed) for each in seen if holds(conditions, each.facts)}, asked
        count = counted(api.deps.store, api.site, definition, world.clock.at_ms)
        assert (count.found, count.suppressed) == (len(listed), sum(map(bool, listed.values()))), asked
