"""The pages of carts: which are listed, why, who may be contacted, the same as a CSV, the history of one."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from tests.profiles_ui.conftest import Ask, Browser
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, World

X1 = {"id": "X1", "name": "Espresso X1", "price": 199.9}
GRINDER = {"id": "G2", "name": "Grinder 2", "price": 149}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "ab"), ("state=any", "abcd"), ("state=open", "c"), ("state=lost", "d"), ("stage=payment", "b"), ("worth=150", "b"),
        ("worth=149,00", "ab"),
        ("worth=x&state=x&stage=x&when=x&contact=x&cursor=x", "ab"), ("when=24h", "a"), ("when=7d", "ab"), ("contact=yes", "b"), ("contact=no", "a"),
    ],
)  # fmt: skip
def test_the_filter_of_carts(page: Ask, world: World, query: str, names: str) -> None:
    world.cart(cart_id="c-a", items=[GRINDER])
    world.cart(cart_id="c-b", items=[X1], ago=3 * DAY_MS, customer_id="C-1", marketing=True, stage="payment")
    world.cart(cart_id="c-c", items=[GRINDER], state="open", ago=MINUTE_MS)
    world.cart(cart_id="c-d", items=[GRINDER], state="lost", ago=40 * DAY_MS)
    assert "".join(sorted(set(re.findall(r'href="/carts/c-(\w)"', page(f"/carts?{query}"))))) == names


def test_the_carts_page_begins_with_what_is_to_be_won_back(page: Ask, world: World) -> None:
    world.customer("C-1")
    world.cart(items=[X1], customer_id="C-1", marketing=True, stage="payment")
    world.cart(items=[{"id": "P", "price": 78}], currency="USD")
    shown = words(page("/carts"))
    assert "2 carts abandoned, worth 199.90 € and 78.00 $" in shown
    assert "1 of them may be contacted; 1 got as far as the checkout." in shown


@pytest.mark.parametrize(
    ("known", "orders", "standing"),
    [
        ({"customer_id": "C-1", "marketing": True}, [], "may be contacted"), ({"customer_id": "C-1", "marketing": False}, [], "said no to contact"),
        ({"customer_id": "C-1"}, [], "not asked about contact"), ({}, [], "nobody to write to"),
        ({"customer_id": "C-1", "marketing": True}, [X1], "held: bought the same lately"),
    ],
)  # fmt: skip
def test_every_cart_says_whether_its_owner_may_be_contacted(page: Ask, world: World, known: dict[str, Any], orders: list[Any], standing: str) -> None:
    bought = [{"order_id": "1", "at": (NOW_MS - 12 * DAY_MS) / 1000, "value": 5, "items": [item]} for item in orders]
    world.customer("C-1", orders=bought)
    world.cart(items=[X1], **known)
    shown = words(page("/carts"))
    assert standing in shown
    assert ("1 of them may be contacted" in shown) == (standing == "may be contacted")


def test_every_cart_says_why_it_is_on_the_list(page: Ask, world: World) -> None:
    world.session(ago=2 * HOUR_MS + MINUTE_MS, purpose="purchase", score_purchase=0.87, checkout_stage="payment", cart_added=1)
    world.cart(items=[X1], removed=[GRINDER], stage="payment")
    shown = words(page("/carts"))
    assert "Espresso X1 took out: Grinder 2. Stopped at payment 199.90 € 1 h ago cart untouched for 1 h purchase 0.87 · reached payment" in shown


def test_the_csv_holds_the_carts_of_the_same_filter(admin: Browser, world: World) -> None:
    with world.at_once():
        for number in range(60):
            world.cart(items=[X1], ago=2 * HOUR_MS + number * MINUTE_MS, customer_id=f"C-{number}")
        world.cart(items=[GRINDER])
    response = admin.get("/carts.csv?worth=150")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="carts.csv"'
    lines = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [line["customer_id"] for line in lines] == [f"C-{number}" for number in range(60)]
    assert {(line["items"], line["value"], line["state"]) for line in lines} == {("Espresso X1", "199.9000", "abandoned")}


def test_a_cart_tells_its_history(page: Ask, world: World) -> None:
    history = [
        [NOW_MS - 3 * HOUR_MS, "opened", "visitor", "v-1", "e1", {}],
        [NOW_MS - 3 * HOUR_MS, "added", "visitor", "v-1", "e1", {"items": [["X1", "Espresso X1", 199.9, 1]]}],
        [NOW_MS - 2 * HOUR_MS, "abandoned", "clock", "", "", {}],
        [NOW_MS - HOUR_MS, "returned", "visitor", "v-1", "e2", {}],
        [NOW_MS - HOUR_MS, "removed", "visitor", "v-1", "e2", {"items": [["X1", "Espresso X1", 199.9, -1]]}],
    ]
    cart_id = world.cart(items=[X1, GRINDER], ago=HOUR_MS, state="open", history=history, opened_at=(NOW_MS - 3 * HOUR_MS) / 1000)
    shown = words(page(f"/carts/{cart_id}"))
    told = ["00:00 Put Espresso X1 in the cart 199.90 €", "01:00 Counted as abandoned untouched for 1 h", "02:00 Came back to it", "Took Espresso"]
    assert [shown.index(line) for line in told] == sorted(shown.index(line) for line in told)


def test_a_cart_from_before_histories_were_kept_says_so(page: Ask, world: World) -> None:
    assert "tracker rebuild does it" in words(page(f"/carts/{world.cart(items=[X1])}"))
