"""The order feed: POST /v1/orders, and what a CRM says of a customer, as rows of `events`.

in   one JSON object or an array of them
out  rows for the spool and refusals, each with the index of its item and its reason; one bad item never fails the others
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from profiles.answers import Accepted, Refusal
from profiles.problems import Problem
from tracker import event, fields, wire
from tracker.clock import ms_of_iso
from tracker.sites import Site

ITEMS_MAX = 500
TYPES = {"placed": "order", "updated": "order_updated", "cancelled": "order_cancelled", "refunded": "refund"}
STAGES = ("prospect", "new", "active", "loyal", "at_risk", "lapsed", "won_back")

encode = msgspec.json.Encoder().encode


class Owned(Protocol):
    customer_id: str | int | None
    visitor_id: str | None


class OrderIn(msgspec.Struct):
    """One order as the shop's server reports it. `value` and `items` of a refund are what was given back; without both, everything."""

    order_id: str | int
    at: str
    status: Literal["placed", "updated", "cancelled", "refunded"] | None = "placed"
    customer_id: str | int | None = None
    visitor_id: str | None = None
    value: wire.Number | None = None
    currency: str | None = None
    items: list[wire.Item] | None = None
    tax: wire.Number | None = None
    shipping: wire.Number | None = None
    discount: wire.Number | None = None
    coupon: str | None = None
    response_code: str | None = None


class WatermarkIn(msgspec.Struct):
    """Every order up to this time has been sent."""

    watermark: str


class CustomerIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the CRM knows. Attributes and consents are merged, of each the later wins; `lifecycle` null takes the CRM's word back."""

    attributes: dict[str, Any] = {}
    consent: dict[str, bool] = {}
    lifecycle: Literal["prospect", "new", "active", "loyal", "at_risk", "lapsed", "won_back"] | UnsetType | None = UNSET


def feed(body: bytes, site: Site, now_ms: int) -> tuple[list[bytes], Accepted]:
    """Raises Problem where the body as a whole is unusable."""
    rows: list[bytes] = []
    refused: list[Refusal] = []
    for index, raw in enumerate(split(body)):
        try:
            rows.append(encode(row(raw, site, now_ms)))
        except event.Unfit as unfit:
            refused.append(Refusal(index, unfit.reason, unfit.message))
    return rows, Accepted(len(rows), refused)


def split(body: bytes, noun: str = "order") -> list[bytes]:
    body = event.mended(body) if b"\\ud" in body or b"\\uD" in body else body
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise Problem(400, "batch_invalid", f"The body should be one {noun}, or an array of {noun}s") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None
    if isinstance(items, dict):
        return [body]
    if len(items) > ITEMS_MAX:
        raise Problem(413, f"too_many_{noun}s", f"{len(items)} {noun}s in one body; send at most {ITEMS_MAX}")
    return [bytes(item) for item in items]


def row(raw: bytes, site: Site, now_ms: int) -> event.EventRow:
    given = decoded(raw)
    if isinstance(given, WatermarkIn):
        at_ms = moment(given.watermark, "watermark", now_ms)
        return made(site, f"order_watermark:{at_ms}", "order_watermark", at_ms, now_ms)
    return order_row(given, site, now_ms)


def decoded(raw: bytes) -> OrderIn | WatermarkIn:
    try:
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        if "watermark" in fields and "order_id" in fields:
            raise event.Unfit("field_invalid", "This is an order and a watermark in one; send them as two objects of an array")
        kind: Any = WatermarkIn if "watermark" in fields else OrderIn
        given: OrderIn | WatermarkIn = msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise event.Unfit(event.reason_of(str(error)), str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise event.Unfit("not_json", "This order is not JSON in UTF-8, or nested too deep") from None
    return given


def order_row(given: OrderIn, site: Site, now_ms: int) -> event.EventRow:
    receipt = event.Receipt(site, now_ms, source="server", own_time=True)
    order_id = fields.order_id(given.order_id, receipt)
    status = given.status or "placed"
    new = made(site, f"order:{order_id}:{status}", TYPES[status], moment(given.at, "at", now_ms), now_ms)
    new.order_id = order_id
    new.customer_id, new.visitor_id = owner(given, receipt)
    new.value, new.currency = fields.money(given.value, "value"), fields.currency(given.currency)
    new.items = fields.items(given.items, receipt)
    extras = {name: fields.money(getattr(given, name), name) for name in ("tax", "shipping", "discount")}
    codes = {name: fields.cut(getattr(given, name), name, receipt) for name in ("coupon", "response_code")}
    new.props = encode({name: value for name, value in (extras | codes).items() if value not in (None, "")}).decode()
    return new


def owner(given: Owned, receipt: event.Receipt, noun: str = "order") -> tuple[str, str]:
    customer_id = fields.cut(given.customer_id, "customer_id", receipt).strip()
    visitor_id = fields.cut(given.visitor_id, "visitor", receipt).strip()
    visitor_id = visitor_id if fields.names_somebody(visitor_id) else ""
    if given.customer_id is not None and not fields.names_somebody(customer_id):
        raise event.Unfit("customer_id_invalid", f"`customer_id` is {customer_id[:32]!r}: that is no id of a customer. Leave it out for a guest")
    if not customer_id and not visitor_id:
        raise event.Unfit("owner_missing", f"The {noun} names neither `customer_id` nor `visitor_id`; without one it belongs to nobody")
    return customer_id, visitor_id


def made(site: Site, event_id: str, kind: str, at_ms: int, now_ms: int) -> event.EventRow:
    return event.EventRow(site=site.name, visitor_id="", event_id=event_id, type=kind, at=at_ms / 1000, received_at=now_ms / 1000, source="server")


def moment(text: str, name: str, now_ms: int) -> int:
    try:
        at_ms = ms_of_iso(text)
    except (ValueError, OverflowError):
        raise event.Unfit("time_invalid", f"`{name}` is {text[:40]!r}; write it as in: 2026-11-22T08:30:00Z") from None
    if at_ms < 0:
        raise event.Unfit("time_invalid", f"`{name}` is {text[:40]!r}, which is before 1970")
    return min(at_ms, now_ms)  # the shop's clock is ahead of ours


def customer_update(body: bytes, site: Site, customer_id: str, event_id: str, now_ms: int) -> bytes:
    """The row of PUT /v1/customers/{id}. Raises Problem."""
    try:
        given = msgspec.json.decode(body, type=CustomerIn)
    except msgspec.ValidationError as error:
        cure = f"Send an object with `attributes`, `consent` (purpose: true or false) and `lifecycle` (null or one of: {', '.join(STAGES)})"
        raise Problem(400, "field_invalid", f"{error}. {cure}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None
    if not fields.names_somebody(customer_id) or len(customer_id) > event.LENGTHS["customer_id"]:
        raise Problem(400, "customer_id_invalid", f"{customer_id[:32]!r} is no id of a customer")
    new = made(site, event_id, "customer_update", now_ms, now_ms)
    stage = None if given.lifecycle is UNSET else given.lifecycle or ""  # as stored: null says nothing, '' takes back
    new.customer_id = customer_id
    new.props = encode({"attributes": given.attributes, "consent": given.consent, "lifecycle": stage}).decode()
    return encode(new)
