"""The fields of each event type: from what was sent to the columns of a row.

in   an event as typed by wire.py
out  the row filled, or Unfit with the reason
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from tracker import scrub, wire
from tracker.row import LENGTHS, EventRow, Receipt, Unfit

ITEMS_MAX = 200
PROPS_MAX = 20
MONEY_MAX = 1e12

# What is sent where there is no id: such a customer or visitor would swallow everybody, such an order all orders (docs/complaints.md, no. 15).
NOBODY = frozenset(
    ["null", "undefined", "none", "nil", "nan", "n/a", "0", "-1", "true", "false", "anonymous", "anon", "guest", "unknown", "user", "customer",
     "visitor", "id", "email", "default", "distinct_id", "not_authenticated", "{}", "[]", "[object object]", "[object undefined]"]
)  # fmt: skip

_props = msgspec.json.Encoder()


def cut(value: str | int | None, name: str, receipt: Receipt) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    limit = LENGTHS[name]
    if len(text) > limit:
        receipt.cuts += 1
        return text[:limit]
    return text


def words(value: str | None, name: str, receipt: Receipt) -> str:
    """A free text: a name, a category. An address, a number or a token in it is taken out."""
    return scrub.text(cut(value, name, receipt)) if value else ""


def required(value: str | int, name: str, receipt: Receipt) -> str:
    text = cut(value, name, receipt).strip()
    if not text:
        raise Unfit("field_missing", f"`{name}` is empty")
    return text


def order_id(value: str | int, receipt: Receipt) -> str:
    text = required(value, "order_id", receipt)
    if not names_somebody(text):
        raise Unfit("order_id_invalid", f"`order_id` is {text[:32]!r}: all orders that have none would be one")
    return text


def count(value: wire.Number | None, name: str, largest: int = 2**32 - 1) -> int:
    if value is None:
        return 0
    if value < 0:
        raise Unfit("value_invalid", f"`{name}` is {value}; it cannot be negative")
    return int(value) if value < largest else largest


def money(value: wire.Number | None, name: str) -> float | None:
    if value is None:
        return None
    if not -MONEY_MAX <= value <= MONEY_MAX:
        raise Unfit("value_invalid", f"`{name}` is {value}; that is no amount of money")
    return round(float(value), 4)


@lru_cache(maxsize=256)
def currency(value: str | None) -> str:
    if not value:
        return ""
    code = value.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unfit("value_invalid", f"`currency` is {value[:16]!r}; it should be an ISO 4217 code such as EUR")
    return code


def items(given: list[wire.Item] | None, receipt: Receipt) -> tuple[dict[str, Any], ...]:
    if not given:
        return ()
    if len(given) > ITEMS_MAX:
        raise Unfit("too_many_items", f"{len(given)} items; send at most {ITEMS_MAX}")
    return tuple(item_row(item, receipt) for item in given)


def item_row(item: wire.Item, receipt: Receipt) -> dict[str, Any]:
    quantity = item.quantity
    if quantity is not None and not 0 <= quantity <= 1_000_000:
        raise Unfit("value_invalid", f"`quantity` is {quantity}; it should be 0 to 1000000")
    return {
        "id": required(item.id, "content_id", receipt), "name": words(item.name, "name", receipt),
        "category": words(item.category, "category", receipt), "brand": words(item.brand, "brand", receipt),
        "variant": words(item.variant, "variant", receipt), "price": money(item.price, "price"),
        "quantity": None if quantity is None else round(float(quantity), 3), "currency": currency(item.currency),
    }  # fmt: skip


def flat(given: wire.Flat | None, name: str, receipt: Receipt) -> dict[str, Any]:
    if not given:
        return {}
    if len(given) > PROPS_MAX:
        raise Unfit("too_many_props", f"`{name}` has {len(given)} keys; send at most {PROPS_MAX}")
    return {words(key, "key", receipt): custom_value(key, value, receipt) for key, value in given.items()}


def custom_value(key: str, value: str | float | bool | None, receipt: Receipt) -> object:
    return scrub.field(key, cut(value, "text", receipt) if isinstance(value, str) else value)


def keep(row: EventRow, **props: Any) -> None:
    """What has no column of its own goes into `props`, without what was not given."""
    given = {name: value for name, value in props.items() if value is not None and value not in ("", {})}
    if given:
        row.props = _props.encode(given).decode()


def page_view(event: wire.PageView, row: EventRow, receipt: Receipt) -> None:
    row.url = cut(event.url, "url", receipt) or row.url
    row.title = cut(event.title, "title", receipt) or row.title
    row.referrer = cut(event.referrer, "referrer", receipt) or row.referrer


def engagement(event: wire.Engagement, row: EventRow, receipt: Receipt) -> None:
    row.engaged_ms = count(event.engaged_ms, "engaged_ms")
    row.scroll_pct = count(event.scroll_pct, "scroll_pct", largest=100)


def content(event: wire.Content, row: EventRow, receipt: Receipt) -> None:
    row.kind, row.content_id = event.kind, required(event.content_id, "content_id", receipt)
    row.name, row.category = words(event.name, "name", receipt), words(event.category, "category", receipt)
    row.value, row.currency = money(event.price, "price"), currency(event.currency)
    row.position = count(event.position, "position")
    row.seen_ms, row.touched_ms = count(event.seen_ms, "seen_ms"), count(event.touched_ms, "touched_ms")
    row.touches, row.clicks = count(event.touches, "touches"), count(event.clicks, "clicks")
    if event.seen_ratio:
        row.seen_ratio = min(1.0, max(0.0, float(event.seen_ratio)))


def product_view(event: wire.ProductView, row: EventRow, receipt: Receipt) -> None:
    row.items = items(event.items, receipt)
    if not row.items:
        raise Unfit("items_missing", "`items` is empty; name the product that was viewed")


def search(event: wire.Search, row: EventRow, receipt: Receipt) -> None:
    row.query = required(event.query, "query", receipt)
    row.results = None if event.results is None else count(event.results, "results")


def cart_delta(event: wire.CartAdd | wire.CartRemove, row: EventRow, receipt: Receipt) -> None:
    cart_set(event, row, receipt)
    if not row.items:
        raise Unfit("items_missing", "`items` is empty; name what went in or out")


def cart_set(event: wire.CartAdd | wire.CartRemove | wire.CartSet, row: EventRow, receipt: Receipt) -> None:
    row.items = items(event.items, receipt)
    keep(row, cart_id=cut(event.cart_id, "cart_id", receipt))


def checkout(event: wire.Checkout, row: EventRow, receipt: Receipt) -> None:
    row.step, row.step_name = count(event.step, "step", largest=65_535), words(event.step_name, "step_name", receipt)
    row.value, row.currency = money(event.value, "value"), currency(event.currency)
    row.items = items(event.items, receipt)


def order_change(event: wire.Order | wire.Refund | wire.OrderCancelled, row: EventRow, receipt: Receipt) -> None:
    row.order_id = order_id(event.order_id, receipt)
    row.value, row.currency = money(event.value, "value"), currency(event.currency)
    row.items = items(event.items, receipt)


def order(event: wire.Order, row: EventRow, receipt: Receipt) -> None:
    order_change(event, row, receipt)
    keep(
        row, tax=money(event.tax, "tax"), shipping=money(event.shipping, "shipping"), discount=money(event.discount, "discount"),
        coupon=cut(event.coupon, "coupon", receipt), response_code=cut(event.response_code, "response_code", receipt),
    )  # fmt: skip


def names_somebody(text: str) -> bool:
    """An id that stands for one (customer, visitor, order, event), and not for all that have none."""
    return text.casefold() not in NOBODY and bool(text.strip("0- "))


def identify(event: wire.Identify, row: EventRow, receipt: Receipt) -> None:
    row.customer_id = cut(event.customer_id, "customer_id", receipt).strip()
    if not names_somebody(row.customer_id):
        raise Unfit("customer_id_invalid", f"`customer_id` is {row.customer_id[:32]!r}: that is no id of a customer")
    if row.customer_id == row.visitor_id and not (receipt.vouched or receipt.own_time):  # it would stand in the way of who it really is
        raise Unfit("customer_id_invalid", "`customer_id` is the visitor's own id; send the id the shop knows the customer by")
    keep(row, how=event.how or "other", traits=flat(event.traits, "traits", receipt))


def logout(event: wire.Logout, row: EventRow, receipt: Receipt) -> None:
    pass


def consent(event: wire.Consent, row: EventRow, receipt: Receipt) -> None:
    purposes = event.purposes or []
    if len(purposes) > PROPS_MAX:
        raise Unfit("too_many_props", f"{len(purposes)} purposes; send at most {PROPS_MAX}")
    keep(row, state=event.state, purposes=[words(purpose, "key", receipt) for purpose in purposes])


def custom(event: wire.Custom, row: EventRow, receipt: Receipt) -> None:
    row.name = scrub.text(required(event.name, "name", receipt))
    row.props = _props.encode(flat(event.props, "props", receipt)).decode()


FIELDS: dict[type, Callable[[Any, EventRow, Receipt], None]] = {
    wire.PageView: page_view, wire.Engagement: engagement, wire.Content: content, wire.ProductView: product_view, wire.Search: search,
    wire.CartAdd: cart_delta, wire.CartRemove: cart_delta, wire.CartSet: cart_set, wire.Checkout: checkout, wire.Order: order,
    wire.Refund: order_change, wire.OrderCancelled: order_change, wire.Identify: identify, wire.Logout: logout, wire.Consent: consent,
    wire.Custom: custom,
}  # fmt: skip
