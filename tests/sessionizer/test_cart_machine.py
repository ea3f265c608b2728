"""The folds by themselves, without a database; carts are compared with a model that looks at every minute."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionizer.cart import Cart, Horizon
from sessionizer.carts import carts
from sessionizer.fold import fold
from sessionizer.model import Event, Item, each_once
from sessionizer.orders import orders
from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")


def event(kind: str, minute: int, number: int, *items: str, **more: object) -> Event:
    sold = tuple(Item(item, price=Decimal(10)) for item in items)
    return Event("v", f"e{number:04d}", kind, NOON_MS + minute * MINUTE, NOON_MS, items=sold, **more)  # type: ignore[arg-type]  # fields by name


def folded(events: list[Event], now_minute: int, watermark: int | None = None) -> list[Cart]:
    horizon = Horizon(NOON_MS + now_minute * MINUTE, None if watermark is None else NOON_MS + watermark * MINUTE)
    return carts(events, {"v": []}, orders(events, {"v": []}, "EUR"), SITE, horizon)


acts = st.lists(
    st.tuples(st.sampled_from(["cart_add", "cart_remove", "checkout", "order", "empty"]), st.sampled_from("ab"), st.integers(1, 400)), max_size=14
)


@settings(deadline=None)
@given(acts, st.integers(0, 600))
def test_carts_agree_with_a_model_that_walks_minute_by_minute(said: list[tuple[str, str, int]], rest: int) -> None:
    minute, events = 0, []
    for number, (kind, item, wait) in enumerate(said):
        minute += wait
        items = () if kind in ("checkout", "empty") else (item,)
        events.append(event("cart_set" if kind == "empty" else kind, minute, number, *items, order_id=f"o{number}" if kind == "order" else ""))
    found = [(cart.state, sorted(cart.lines) if not cart.end else [], len(cart.spells)) for cart in folded(events, minute + rest)]
    assert found == walk(events, minute + rest)


def walk(events: list[Event], last: int) -> list[tuple[str, list[str], int]]:
    """A cart is a set of ids with a clock that every minute moves on; one unit of each is kept, so removing and buying take the line."""
    by_minute = {(e.at_ms - NOON_MS) // MINUTE: e for e in events}
    done: list[tuple[str, list[str], int]] = []
    content: dict[str, int] = {}
    silent, spells, lying = 0, 0, False
    for minute in range(last + 1):
        silent += 1
        if content and silent == 60 and not lying:
            lying, spells = True, spells + 1
        e = by_minute.get(minute)
        if e is None or (not content and e.type != "cart_add"):
            continue
        ids = [item.id for item in e.items]
        bought = [i for i in ids if i in content] if e.type == "order" else []
        for i in ids:
            if e.type == "cart_add":
                content[i] = 1
            else:
                content.pop(i, None)
        if e.type == "cart_set":
            content.clear()
        silent, lying = 0, False
        if bought and spells:
            done.append(("recovered", [], spells))
            spells = 0
        elif not content:
            done.append(("bought" if bought else "emptied", [], spells))
            spells = 0
    if content:
        done.append(("abandoned" if lying else "open", sorted(content), spells))
    return done


def test_equal_times_are_ordered_by_the_events_id() -> None:
    (cart,) = folded([event("cart_remove", 0, 2, "a"), event("cart_add", 0, 1, "a", "b")], 0)
    assert sorted(cart.lines) == ["b"]


def test_of_copies_the_one_received_first_counts_then_the_smallest() -> None:
    first = event("cart_add", 5, 1, "a")
    later = msgspec.structs.replace(first, received_ms=NOON_MS + 1, at_ms=NOON_MS)
    twin = event("cart_add", 5, 1, "b")
    assert each_once([later, twin, first]) == each_once([first, later, twin]) == [first]


def test_the_fold_gives_the_same_bytes_for_the_same_set_of_events() -> None:
    events = [event("cart_add", 0, 1, "a", "b"), event("checkout", 5, 2), event("order", 70, 3, "a", order_id="o"), event("cart_add", 90, 4, "c")]
    horizon = Horizon(NOON_MS + DAY)
    assert fold(events, SITE, horizon) == fold([*reversed(events), events[1]], SITE, horizon)


def test_next_is_when_the_clock_alone_changes_the_cart() -> None:
    add = [event("cart_add", 0, 1, "a")]
    nexts = [folded(add, minute)[0].next_ms for minute in (0, 59, 60, 61)]
    assert nexts == [NOON_MS + HOUR, NOON_MS + HOUR, NOON_MS + 30 * DAY, NOON_MS + 30 * DAY]
    assert folded(add, 30 * 24 * 60)[0].next_ms is None


def test_a_cart_that_waits_for_the_order_feed_says_so() -> None:
    (cart,) = folded([event("cart_add", 0, 1, "a")], 90, watermark=30)
    assert (cart.state, cart.next_ms) == ("open", NOON_MS + HOUR)


def test_a_quantity_of_nothing_puts_nothing_in() -> None:
    none = Event("v", "e1", "cart_add", NOON_MS, NOON_MS, items=(Item("a", quantity=Decimal(0)),))
    assert folded([none], 0) == []
