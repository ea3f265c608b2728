"""What each visitor saw of a cart, and when: sessions tell by it what was in the cart when they ended."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sessionizer.cart import Cart
from sessionizer.model import ZERO, units


class Moment(NamedTuple):
    """The cart of a visitor's owner after a change; '' and nothing in it where there is none. Units count where this visitor moved them."""

    at_ms: int
    cart_id: str
    value: Decimal
    currency: str
    added: Decimal
    removed: Decimal
    lines: tuple[tuple[str, str, Decimal | None, Decimal], ...]


def moment(cart: Cart | None, at_ms: int, added: Decimal, removed: Decimal) -> Moment:
    if cart is None:
        return Moment(at_ms, "", ZERO, "", units(added), units(removed), ())
    lines = tuple((line.id, line.name, line.price, line.quantity) for line in cart.lines.values())
    return Moment(at_ms, cart.cart_id, cart.value, cart.currency, units(added), units(removed), lines)
