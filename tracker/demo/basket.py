"""The visitor's basket, in a cookie of the shop's own: BEAN-BR:2.X1:1. The shop has no database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tracker.demo.catalogue import BY_ID, CURRENCY, FREE_SHIPPING_FROM, SHIPPING, Product

MOST = 20


@dataclass(frozen=True, slots=True)
class Line:
    product: Product
    quantity: int

    @property
    def sum(self) -> Decimal:
        return self.product.price * self.quantity


@dataclass(frozen=True, slots=True)
class Basket:
    lines: tuple[Line, ...] = ()

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def goods(self) -> Decimal:
        return sum((line.sum for line in self.lines), Decimal(0))

    @property
    def shipping(self) -> Decimal:
        return Decimal(0) if self.goods >= FREE_SHIPPING_FROM or not self.lines else SHIPPING

    def changed(self, product_id: str, by: int) -> Basket:
        """More or fewer of one product; a line of none is gone. An unknown product changes nothing."""
        quantities = {line.product.id: line.quantity for line in self.lines}
        if product_id in BY_ID:
            quantities[product_id] = quantities.get(product_id, 0) + by
        return Basket(tuple(Line(BY_ID[key], min(quantity, MOST)) for key, quantity in quantities.items() if quantity > 0))

    def cookie(self) -> str:
        return ".".join(f"{line.product.id}:{line.quantity}" for line in self.lines)

    def items(self) -> list[dict[str, object]]:
        """As the wire wants them (tracker/wire.py)."""
        return [
            {"id": line.product.id, "name": line.product.name, "category": line.product.category, "brand": line.product.brand,
             "price": float(line.product.price), "quantity": line.quantity, "currency": CURRENCY}
            for line in self.lines
        ]  # fmt: skip


def basket(cookie: str) -> Basket:
    """What a cookie says, as far as it makes sense."""
    filled = Basket()
    for part in cookie.split(".")[: len(BY_ID)]:
        product_id, _, quantity = part.partition(":")
        if quantity.isdecimal() and len(quantity) <= 2:
            filled = filled.changed(product_id, int(quantity))
    return filled
