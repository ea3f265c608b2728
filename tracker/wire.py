"""The wire: what a browser may send, as types (docs/tag.md, "What is sent, and when"). The same types make /v1/schemas/event.json.

A field that is null or missing is not given. Unknown fields are ignored, so that an old collector understands a new tag.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Number = int | float
Flat = dict[str, str | int | float | bool | None]
Kind = Literal["product", "category", "advertisement", "promotion", "editorial", "subscription"]


class Item(msgspec.Struct):
    """One product line; `id` is the SKU. A missing quantity is 1 when put in, the whole line when taken out."""

    id: str | int
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    variant: str | None = None
    price: Number | None = None
    quantity: Number | None = None
    currency: str | None = None


class Page(msgspec.Struct):
    """Defaults for each event of the batch."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    referrer: str | None = None


class Event(msgspec.Struct, tag_field="type", kw_only=True):
    id: str  # made once by the sender (UUIDv7), kept on every retry
    at: Number  # ms since the epoch by the sender's clock
    page: Page | None = None
    visitor: str | None = None  # only in files to import; a batch names its visitor once


class PageView(Event, tag="page_view"):
    url: str | None = None
    title: str | None = None
    referrer: str | None = None


class Engagement(Event, tag="engagement"):
    engaged_ms: Number | None = None
    scroll_pct: Number | None = None


class Content(Event, tag="content"):
    kind: Kind
    content_id: str | int
    name: str | None = None
    category: str | None = None
    price: Number | None = None
    currency: str | None = None
    position: Number | None = None
    seen_ms: Number | None = None
    seen_ratio: Number | None = None
    touched_ms: Number | None = None
    touches: Number | None = None
    clicks: Number | None = None


class ProductView(Event, tag="product_view"):
    items: list[Item]


class Search(Event, tag="search"):
    query: str
    results: Number | None = None


class CartAdd(Event, tag="cart_add"):
    items: list[Item]
    cart_id: str | int | None = None


class CartRemove(Event, tag="cart_remove"):
    items: list[Item]
    cart_id: str | int | None = None


class CartSet(Event, tag="cart_set"):
    items: list[Item]
    cart_id: str | int | None = None


class Checkout(Event, tag="checkout"):
    step: Number | None = None
    step_name: str | None = None
    value: Number | None = None
    currency: str | None = None
    items: list[Item] | None = None


class Order(Event, tag="order"):
    order_id: str | int
    value: Number | None = None
    currency: str | None = None
    tax: Number | None = None
    shipping: Number | None = None
    discount: Number | None = None
    coupon: str | None = None
    items: list[Item] | None = None
    response_code: str | None = None


class Refund(Event, tag="refund"):
    order_id: str | int
    value: Number | None = None
    currency: str | None = None
    items: list[Item] | None = None


class OrderCancelled(Event, tag="order_cancelled"):
    order_id: str | int
    value: Number | None = None
    currency: str | None = None
    items: list[Item] | None = None


class Identify(Event, tag="identify"):
    customer_id: str | int
    how: Literal["login", "signup", "checkout", "link", "other"] | None = "other"
    traits: Flat | None = None


class Logout(Event, tag="logout"):
    pass


class Consent(Event, tag="consent"):
    state: Literal["granted", "denied"]
    purposes: list[str] | None = None


class Custom(Event, tag="custom"):
    name: str
    props: Flat | None = None


AnyEvent = (
    PageView | Engagement | Content | ProductView | Search | CartAdd | CartRemove | CartSet | Checkout
    | Order | Refund | OrderCancelled | Identify | Logout | Consent | Custom
)  # fmt: skip


NO_NOTES = msgspec.Raw()


class Batch(msgspec.Struct):
    site: str
    events: list[msgspec.Raw]
    v: int = 1
    visitor: str | None = None  # without one the batch is cookieless
    sent_at: Number | None = None  # stamped at each attempt by the sender's clock
    page: Page | None = None
    webdriver: bool = False
    gpc: bool = False
    notes: msgspec.Raw = NO_NOTES  # {code: n}, what the tag reports about itself; nonsense in it is no reason to refuse the batch
