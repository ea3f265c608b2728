"""The cart's states as a machine: whatever happens next, the product says what the plain model (oracle/) says, and some things never happen."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sessionizer.cart import Horizon
from sessionizer.fold import fold
from sessionizer.model import FOREVER_MS, Event, Item
from tests.faults.sizes import size
from tests.sessionizer.oracle.events import Rules, each_once, ms, number
from tests.sessionizer.oracle.told import Telling
from tests.sessionizer.tables import cart as told
from tests.sessionizer.world import HOUR, MINUTE, NOON_MS, Row, World
from tests.sessionizer.worlds import ACTS, WAITS_MS
from tracker.clock import ms_of_iso
from tracker.sites import Site
from tracker.store import Store

ENDS = ("bought", "recovered", "emptied", "lost")
visitors = st.integers(0, 2)
numbers = st.integers(0, 11)


def goods(row: Row) -> tuple[Item, ...]:
    return tuple(
        Item(i["id"], price=number(i.get("price")), quantity=number(i.get("quantity")), currency=i.get("currency", "")) for i in row.get("items", [])
    )


def event(row: Row) -> Event:
    """As owner_events.sql hands it over."""
    value = None if row.get("value") is None else Decimal(row["value"])
    named = {name: row.get(name, "") for name in ("url", "customer_id", "step_name", "order_id", "currency")}
    same = {name: row[name] for name in ("visitor_id", "event_id", "type", "source", "props")}
    at_ms, received_ms = ms(row["at"]), ms(row["received_at"])
    return Event(**same, **named, at_ms=at_ms, received_ms=received_ms, items=goods(row), step=row.get("step", 0), value=value)


class CartStates(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(cast(Store, None), Site(name="a shop", site_key=""))
        self.people = [self.world.visitor(f"v{number}") for number in range(3)]
        self.feed_ms: int | None = None
        self.is_late = False  # whether the last step told of something earlier
        self.now: list[Row] = []
        self.ended: dict[str, str] = {}

    @initialize(feeds_orders=st.booleans())
    def begin(self, feeds_orders: bool) -> None:
        if feeds_orders:
            self.feed_ms = NOON_MS
            self.world.feed_reaches(NOON_MS)

    @rule(who=visitors, what=st.sampled_from(("add", "add", "remove", "set", "check out")), n=numbers)
    def touch(self, who: int, what: str, n: int) -> None:
        self.act(who, what, n)

    @rule(who=visitors, what=st.sampled_from(("view", "order", "log out", "answer", "afterwards")), n=numbers)
    def come_and_buy(self, who: int, what: str, n: int) -> None:
        self.act(who, what, n)

    @rule(who=visitors, what=st.sampled_from(("log in", "order at the counter")), n=numbers)
    def tell_of_the_past(self, who: int, what: str, n: int) -> None:
        """A log-in claims the time before it; the counter reports when it likes."""
        self.act(who, what, n, is_late=True)

    @rule(wait_ms=st.sampled_from(WAITS_MS))
    def wait(self, wait_ms: int) -> None:
        self.world.clock.at_ms += wait_ms
        self.is_late = False

    @rule(behind_ms=st.sampled_from((0, MINUTE, HOUR)))
    def feed(self, behind_ms: int) -> None:
        reached = self.world.clock.at_ms - behind_ms
        if self.feed_ms is not None and reached > self.feed_ms:
            self.feed_ms = reached
            self.world.feed_reaches(reached)
            self.is_late = True

    def act(self, who: int, what: str, n: int, *, is_late: bool = False) -> None:
        self.world.clock.at_ms += 1  # no two things in one moment: then their order is their names'
        known = {row["order_id"] for row in self.world.rows if row["type"] == "order"}
        ACTS[what](self.people[who], n)
        told_again = what == "order" and self.world.rows[-1]["order_id"] in known  # the page knows better whose an order was
        self.is_late = is_late or told_again

    @invariant()
    def the_product_says_what_the_model_says(self) -> None:
        now_ms, site = self.world.clock.at_ms, self.world.site
        rows = [row for row in self.world.rows if row["type"] != "page_view" or "=" in row["url"]]
        folded = fold([event(row) for row in rows], site, Horizon(now_ms, self.feed_ms)).carts.values()
        self.now = [row | {"history": bytes(row["history"]).decode(), "item_bought_ms": bought_ms(row)} for row in folded]
        model = Telling(each_once(self.world.rows), Rules.of(site), now_ms)
        assert sorted((told(row) for row in self.now), key=repr) == sorted((model.cart(cart) for cart in model.carts.all), key=repr)

    @invariant()
    def what_has_ended_changes_only_by_what_comes_late(self) -> None:
        documents = {row["cart_id"]: row["doc"].split(',"consent":')[0] for row in self.now if row["state"] in ENDS}
        if not self.is_late:
            assert {cart_id: documents.get(cart_id) for cart_id in self.ended} == self.ended
        self.ended = documents

    @invariant()
    def an_owner_has_one_cart_at_a_time(self) -> None:
        aside = [json.loads(row["doc"]) for row in self.now if row["state"] not in ENDS]
        owners = [cart["owner"]["customer_id"] or tuple(cart["owner"]["visitor_ids"]) for cart in aside]
        assert len(owners) == len(set(owners))
        assert all(cart["items"] for cart in aside)  # an empty cart is none, and never abandoned

    @invariant()
    def spells_have_a_beginning_and_then_an_end_and_overlap_only_where_two_carts_became_one(self) -> None:
        for row in self.now:
            cart = json.loads(row["doc"])
            times = [(ms_of_iso(spell["at"]), ms_of_iso(spell["until"]) if spell["until"] else FOREVER_MS) for spell in cart["abandonments"]]
            assert all(begin <= end for begin, end in times)
            if all(entry[1] != "merged" for entry in json.loads(row["history"])):
                assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))
            assert [end for _, end in times].count(FOREVER_MS) == (cart["state"] == "abandoned")
            assert (cart["closed_at"] is not None) == (cart["state"] in ENDS)
            assert (cart["state"] == "recovered") == (cart["recovered"] is not None)
            assert cart["state"] != "recovered" or times
            assert cart["state"] != "bought" or not times

    @invariant()
    def the_history_is_in_order_and_knows_every_spell_and_the_end(self) -> None:
        for row in self.now:
            history, cart = json.loads(row["history"]), json.loads(row["doc"])
            assert [entry[0] for entry in history] == sorted(entry[0] for entry in history)
            assert [entry[0] for entry in history if entry[1] == "abandoned"] == [ms_of_iso(spell["at"]) for spell in cart["abandonments"]]
            assert next(entry[1] for entry in history if not entry[1].startswith("order_")) == "opened"  # a refund may name an earlier time
            assert [entry[1] for entry in history if entry[1] in ENDS] == ([cart["state"]] if cart["state"] in ENDS else [])


def bought_ms(row: Row) -> int | None:
    return None if row["item_bought_at"] is None else ms(row["item_bought_at"])


CartStates.TestCase.settings = settings(max_examples=size(30, 1000), stateful_step_count=25, deadline=None)
test_whatever_happens_next_the_cart_stands_as_the_model_says = CartStates.TestCase
