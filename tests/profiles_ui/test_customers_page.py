"""The page Customers: who is known, the one seen last first; a piece of an id finds one."""

from __future__ import annotations

from typing import Any

from tests.profiles_ui.conftest import Ask
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import DAY_MS, HOUR_MS, NOW_MS, World


def customer(world: World, customer_id: str, **known: Any) -> None:
    row = {"site": world.site, "customer_id": customer_id, "version": 1, "registered_at": (NOW_MS - 90 * DAY_MS) / 1000, "visitor_ids": [customer_id]}
    world.insert("customers", row | known)


def order(value: float, currency: str, status: str = "placed") -> dict[str, Any]:
    return {"order_id": f"o-{value}", "at": (NOW_MS - 9 * DAY_MS) / 1000, "value": value, "currency": currency, "status": status}


def test_the_one_seen_last_stands_first_and_who_never_came_is_told_so(page: Ask, world: World) -> None:
    for customer_id in ("C-ann", "C-bob", "C-silent"):
        customer(world, customer_id)
    world.session(visitor_id="C-ann", customer_id="C-ann", ago=3 * DAY_MS)
    world.session(visitor_id="C-bob", customer_id="C-bob", ago=2 * HOUR_MS)
    text = words(page("/customers"))
    assert text.index("C-bob") < text.index("C-ann") < text.index("C-silent") < text.index("told by your server, no session")
    assert "3 customers" in text
    assert "None of them ordered yet" in text


def test_a_row_tells_orders_money_by_currency_and_what_lies_in_the_cart(page: Ask, world: World) -> None:
    customer(world, "C-ann", orders=[order(20, "EUR"), order(30, "USD"), order(99, "EUR", "cancelled")])
    world.cart(customer_id="C-ann", items=[{"id": "X1", "name": "Espresso", "price": 199.9}], value=199.9, currency="EUR")
    text = words(page("/customers"))
    assert "20.00 € and 30.00 $" in text.replace("\u00a0", " ")
    assert "119.00" not in text
    assert "199.90" in text
    assert "abandoned" in text


def test_a_piece_of_an_id_finds_a_customer_and_nonsense_says_what_to_do(page: Ask, world: World) -> None:
    for customer_id in ("C-20418", "C-11873"):
        customer(world, customer_id)
    text = page("/customers?who=c-204")
    assert 'href="/customers/C-20418"' in text
    assert "C-11873" not in text
    assert "No id is like that" in page("/customers?who=%25")


def test_the_next_page_goes_on_where_the_first_ended(page: Ask, world: World) -> None:
    with world.at_once():
        for number in range(51):
            customer(world, f"C-{number:03d}", registered_at=(NOW_MS - number * HOUR_MS) / 1000)
    first = page("/customers")
    assert "C-049" in first
    assert "C-050" not in first
    after = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert "C-050" in (second := page(after.replace("&amp;", "&")))
    assert "C-049" not in second
