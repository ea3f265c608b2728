"""The way of an event through the door: parse(body, receipt) -> rows | refusals, as a list of named STEPS.

in   the bytes of POST /v1/events (unpacked), and what the server knows of the request
out  rows of the table `events` and refusals, each with the index of its event and its reason
Pure: no clock, no disk, no network. One bad event never fails the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tracker import scrub, wire
from tracker.sites import Site

MAX_AGE_MS = 7 * 86_400_000

# Longer is cut, and the cut is counted. Published in docs/api.md.
LENGTHS = {
    "id": 64, "visitor": 64, "page_id": 64, "url": 2048, "title": 512, "referrer": 2048, "customer_id": 128, "content_id": 128, "name": 256,
    "category": 256, "brand": 128, "variant": 128, "currency": 3, "query": 256, "step_name": 64, "order_id": 128, "coupon": 64,
    "response_code": 64, "cart_id": 128, "key": 64, "text": 1024,
}  # fmt: skip
ITEMS_MAX = 200
PROPS_MAX = 20
MONEY_MAX = 1e12

# What shops send when they have no id: such a "customer" would swallow everybody (PEERS.md 4, no. 15).
NO_CUSTOMER = frozenset(
    ["null", "undefined", "none", "nil", "nan", "n/a", "0", "-1", "true", "false", "anonymous", "anon", "guest", "unknown", "user", "customer",
     "visitor", "id", "email", "default", "distinct_id", "not_authenticated", "{}", "[]", "[object object]", "[object undefined]"]
)  # fmt: skip


class EventRow(msgspec.Struct, omit_defaults=True):
    """One line of the spool, one row of `events` (tracker/schema/0001_events.sql). Times are seconds, as ClickHouse reads them."""

    site: str
    visitor_id: str
    event_id: str
    type: str
    at: float
    received_at: float
    source: str
    tag_version: int = 1
    cookieless: bool = False
    webdriver: bool = False
    ip: str = ""
    ua: str = ""
    page_id: str = ""
    url: str = ""
    title: str = ""
    referrer: str = ""
    customer_id: str = ""
    kind: str = ""
    content_id: str = ""
    name: str = ""
    category: str = ""
    position: int = 0
    seen_ms: int = 0
    seen_ratio: float = 0.0
    touched_ms: int = 0
    touches: int = 0
    clicks: int = 0
    engaged_ms: int = 0
    scroll_pct: int = 0
    query: str = ""
    results: int | None = None
    items: tuple[dict[str, Any], ...] = ()
    step: int = 0
    step_name: str = ""
    order_id: str = ""
    value: float | None = None
    currency: str = ""
    props: str = "{}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event was not taken; `index` is its place in the batch."""

    index: int
    reason: str
    message: str


class Refused(Exception):
    """The whole batch is refused: an HTTP status and the error of DESIGN.md 4.2. Never leaves the door."""

    def __init__(self, status: int, code: str, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s


class Unfit(Exception):
    """One event is refused: reason code and message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


@dataclass(slots=True)
class Receipt:
    """What the server knows of a request; `cuts` counts the strings that were shortened."""

    site: Site
    received_ms: int
    visitor_id: str = ""
    cookieless: bool = False
    source: str = "tag"
    ip: str = ""  # already cut
    ua: str = ""
    sent_ms: float | None = None
    tag_version: int = 1
    webdriver: bool = False
    page: wire.Page | None = None
    own_time: bool = False  # an import: `at` is taken as it is
    cuts: int = 0


@dataclass(slots=True)
class Parsed:
    rows: list[EventRow] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    cuts: int = 0


_batch = msgspec.json.Decoder(wire.Batch)
_event: msgspec.json.Decoder[wire.AnyEvent] = msgspec.json.Decoder(wire.AnyEvent)
_props = msgspec.json.Encoder()
_ESCAPE = re.compile(rb"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL)


def decode(body: bytes, events_max: int = 500) -> wire.Batch:
    """The batch, its events still undecoded. Raises Refused (400 or 413)."""
    try:
        batch = _decode(body)
    except msgspec.ValidationError as error:
        raise Refused(400, "batch_invalid", f"The batch has the wrong shape: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(400, "not_json", "The body is not JSON in UTF-8") from None
    if len(batch.events) > events_max:
        raise Refused(413, "too_many_events", f"{len(batch.events)} events in one batch; send at most {events_max}")
    return batch


def _decode(body: bytes) -> wire.Batch:
    try:
        return _batch.decode(body)
    except msgspec.DecodeError:
        if b"\\ud" not in body and b"\\uD" not in body:
            raise
        return _batch.decode(mended(body))


def mended(body: bytes) -> bytes:
    """Half of a surrogate pair, as JavaScript makes by cutting a text in an emoji, becomes U+FFFD."""

    def mend(found: re.Match[bytes]) -> bytes:
        whole = found[0]
        return b"\\ufffd" if len(whole) == 6 and whole[2:3] in b"dD" and whole[3:4] not in b"01234567" else whole

    return _ESCAPE.sub(mend, body)


def parse(events: list[msgspec.Raw], receipt: Receipt) -> Parsed:
    """Each event through the STEPS; the first that does not like it says why."""
    parsed = Parsed()
    for index, raw in enumerate(events):
        try:
            parsed.rows.append(take(_decode_event(bytes(raw)), receipt))
        except Unfit as unfit:
            parsed.refusals.append(Refusal(index, unfit.reason, unfit.message))
    parsed.cuts = receipt.cuts
    return parsed


def take(event: wire.AnyEvent, receipt: Receipt) -> EventRow:
    """One event to its row. Raises Unfit."""
    row = EventRow(
        site=receipt.site.name, visitor_id=receipt.visitor_id, event_id=event.id, type=event.__struct_config__.tag,  # type: ignore[arg-type]  # every event has a str tag
        at=0.0, received_at=receipt.received_ms / 1000, source=receipt.source, tag_version=receipt.tag_version,
        cookieless=receipt.cookieless, webdriver=receipt.webdriver, ip=receipt.ip, ua=receipt.ua,
    )  # fmt: skip
    for step in STEPS:
        step(event, row, receipt)
    return row


def _decode_event(raw: bytes) -> wire.AnyEvent:
    try:
        return _event.decode(raw)
    except msgspec.ValidationError as error:
        raise Unfit(reason_of(str(error)), str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if b"\\ud" in raw or b"\\uD" in raw:
            clean = mended(raw)
            if clean != raw:
                return _decode_event(clean)
        raise Unfit("not_json", "This event is not JSON in UTF-8, or nested too deep") from None


def reason_of(message: str) -> str:
    if "required field `type`" in message or message.endswith("`$.type`"):
        return "type_unknown"
    if "required field" in message:
        return "field_missing"
    if message.startswith("Expected `object`") and " at " not in message:
        return "not_an_object"
    return "field_invalid"


# --- the steps ---------------------------------------------------------------------------------------------------------------


def has_id(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    if not 0 < len(event.id) <= LENGTHS["id"]:
        raise Unfit("id_invalid", f"`id` must have 1 to {LENGTHS['id']} characters; make one UUIDv7 per event")


def event_time(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    """received − (sent − at), clamped to the last 7 days: the sender's clock may be wrong, its differences are not (DESIGN.md 3.1)."""
    at = event.at
    if not receipt.own_time:
        if receipt.sent_ms is not None:
            at = receipt.received_ms - (receipt.sent_ms - at)
        at = max(receipt.received_ms - MAX_AGE_MS, min(receipt.received_ms, at))
    elif not 0 <= at < 4_102_444_800_000:
        raise Unfit("time_invalid", f"`at` is {event.at}; an import takes ms from 1970 to 2099")
    row.at = int(at) / 1000


def page_defaults(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    for page in (receipt.page, event.page):
        if page is not None:
            row.page_id = cut(page.id, "page_id", receipt) or row.page_id
            row.url = cut(page.url, "url", receipt) or row.url
            row.title = cut(page.title, "title", receipt) or row.title
            row.referrer = cut(page.referrer, "referrer", receipt) or row.referrer


def own_fields(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    FIELDS[type(event)](event, row, receipt)


def consented(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    if receipt.cookieless and row.type == "identify":
        raise Unfit("consent_missing", "A visitor without consent is not identified")


def scrubbed(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    if row.url:
        row.url = scrub.url(row.url)
    if row.referrer:
        row.referrer = scrub.url(row.referrer)
    if row.title:
        row.title = scrub.text(row.title)
    if row.query:
        row.query = scrub.text(row.query)


Step = Callable[[wire.AnyEvent, EventRow, Receipt], None]
STEPS: tuple[Step, ...] = (has_id, event_time, page_defaults, own_fields, consented, scrubbed)


# --- the fields of each type ---------------------------------------------------------------------------------------------------


def cut(value: str | int | None, name: str, receipt: Receipt) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    limit = LENGTHS[name]
    if len(text) > limit:
        receipt.cuts += 1
        return text[:limit]
    return text


def required(value: str | int, name: str, receipt: Receipt) -> str:
    text = cut(value, name, receipt).strip()
    if not text:
        raise Unfit("field_missing", f"`{name}` is empty")
    return text


def count(value: wire.Number | None, name: str, largest: int = 2**32 - 1) -> int:
    if value is None:
        return 0
    if value < 0:
        raise Unfit("value_invalid", f"`{name}` is {value}; it cannot be negative")
    return min(int(value), largest)


def money(value: wire.Number | None, name: str) -> float | None:
    if value is None:
        return None
    if not -MONEY_MAX <= value <= MONEY_MAX:
        raise Unfit("value_invalid", f"`{name}` is {value}; that is no amount of money")
    return round(float(value), 4)


def currency(value: str | None, receipt: Receipt) -> str:
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
        "id": required(item.id, "content_id", receipt), "name": cut(item.name, "name", receipt), "category": cut(item.category, "category", receipt),
        "brand": cut(item.brand, "brand", receipt), "variant": cut(item.variant, "variant", receipt), "price": money(item.price, "price"),
        "quantity": None if quantity is None else round(float(quantity), 3), "currency": currency(item.currency, receipt),
    }  # fmt: skip


def flat(given: wire.Flat | None, name: str, receipt: Receipt) -> dict[str, Any]:
    if not given:
        return {}
    if len(given) > PROPS_MAX:
        raise Unfit("too_many_props", f"`{name}` has {len(given)} keys; send at most {PROPS_MAX}")
    return {cut(key, "key", receipt): scrub.text(cut(value, "text", receipt)) if isinstance(value, str) else value for key, value in given.items()}


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
    row.name, row.category = cut(event.name, "name", receipt), cut(event.category, "category", receipt)
    row.value, row.currency = money(event.price, "price"), currency(event.currency, receipt)
    row.position = count(event.position, "position")
    row.seen_ms, row.touched_ms = count(event.seen_ms, "seen_ms"), count(event.touched_ms, "touched_ms")
    row.touches, row.clicks = count(event.touches, "touches"), count(event.clicks, "clicks")
    row.seen_ratio = min(1.0, float(event.seen_ratio or 0)) if (event.seen_ratio or 0) >= 0 else 0.0


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
    row.step, row.step_name = count(event.step, "step", largest=65_535), cut(event.step_name, "step_name", receipt)
    row.value, row.currency = money(event.value, "value"), currency(event.currency, receipt)
    row.items = items(event.items, receipt)


def order_change(event: wire.Order | wire.Refund | wire.OrderCancelled, row: EventRow, receipt: Receipt) -> None:
    row.order_id = required(event.order_id, "order_id", receipt)
    row.value, row.currency = money(event.value, "value"), currency(event.currency, receipt)
    row.items = items(event.items, receipt)


def order(event: wire.Order, row: EventRow, receipt: Receipt) -> None:
    order_change(event, row, receipt)
    keep(
        row, tax=money(event.tax, "tax"), shipping=money(event.shipping, "shipping"), discount=money(event.discount, "discount"),
        coupon=cut(event.coupon, "coupon", receipt), response_code=cut(event.response_code, "response_code", receipt),
    )  # fmt: skip


def is_customer_id(text: str) -> bool:
    return bool(text) and text.casefold() not in NO_CUSTOMER and not set(text) <= set("0- ")


def identify(event: wire.Identify, row: EventRow, receipt: Receipt) -> None:
    row.customer_id = cut(event.customer_id, "customer_id", receipt).strip()
    if not is_customer_id(row.customer_id):
        raise Unfit("customer_id_invalid", f"`customer_id` is {row.customer_id[:32]!r}: that is no id of a customer")
    keep(row, how=event.how, traits=flat(event.traits, "traits", receipt))


def logout(event: wire.Logout, row: EventRow, receipt: Receipt) -> None:
    pass


def consent(event: wire.Consent, row: EventRow, receipt: Receipt) -> None:
    purposes = event.purposes or []
    if len(purposes) > PROPS_MAX:
        raise Unfit("too_many_props", f"{len(purposes)} purposes; send at most {PROPS_MAX}")
    keep(row, state=event.state, purposes=[cut(purpose, "key", receipt) for purpose in purposes])


def custom(event: wire.Custom, row: EventRow, receipt: Receipt) -> None:
    row.name = required(event.name, "name", receipt)
    row.props = _props.encode(flat(event.props, "props", receipt)).decode()


FIELDS: dict[type, Callable[[Any, EventRow, Receipt], None]] = {
    wire.PageView: page_view, wire.Engagement: engagement, wire.Content: content, wire.ProductView: product_view, wire.Search: search,
    wire.CartAdd: cart_delta, wire.CartRemove: cart_delta, wire.CartSet: cart_set, wire.Checkout: checkout, wire.Order: order,
    wire.Refund: order_change, wire.OrderCancelled: order_change, wire.Identify: identify, wire.Logout: logout, wire.Consent: consent,
    wire.Custom: custom,
}  # fmt: skip
