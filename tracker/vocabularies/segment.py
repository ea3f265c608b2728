"""Segment: NDJSON of track, page, screen, identify and alias calls, as its archives and warehouses hold them.

The visitor is `anonymousId`; a call that has only a `userId` (sent from a server) makes a visitor of that customer's own.
A `userId` beside it binds the visitor to the customer. Tables: segment_tables.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from tracker import scrub
from tracker.fields import PROPS_MAX, is_customer_id
from tracker.row import LENGTHS, Unfit
from tracker.vocabularies.draft import VISITOR_MAX, Draft, Record, json_object, time_ms
from tracker.vocabularies.segment_tables import ALIASES, CONTENT, EVENTS, FIELDS, ITEM, NUMBERS, PAYMENT_PROPERTIES, TIMES, WITH_ITEMS

Given = dict[str, Any]
UA_MAX = 512


class Segment:
    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        return lines

    def draft(self, record: Record) -> Draft | None:
        call = json_object(record.raw)
        make = CALLS.get(str(call.get("type", "")).lower())
        if make is None:
            raise Unfit("type_unknown", f"`type` is {str(call.get('type'))[:40]!r}; taken are {', '.join(CALLS)}")
        event = make(call)
        customer_id = text(call, "userId", "user_id")
        event.update(id=short(text(call, "messageId", "message_id"), LENGTHS["id"]), at=when(call))
        event.setdefault("visitor", short(text(call, "anonymousId", "anonymous_id"), VISITOR_MAX) or of_customer(customer_id))
        context = inner(call, "context")
        page = page_of(context, inner(call, "properties"))
        if page:
            event["page"] = page
        return Draft(
            event, customer_id=customer_id if is_customer_id(customer_id) else "",
            ip=scrub.ip(text(context, "ip")), ua=text(context, "userAgent", "user_agent")[:UA_MAX],
        )  # fmt: skip


# --- the calls ---


def track(call: Given) -> Given:
    name, given = text(call, "event"), inner(call, "properties")
    known = name.strip().lower()
    if (found := EVENTS.get(ALIASES.get(known, known))) is None:
        return {"type": "custom", "name": name, "props": flat(given)}
    kind, constants = found
    event: Given = {"type": kind, **constants}
    fill(event, given, FIELDS.get(kind, {}))
    if kind == "content":
        fill(event, given, CONTENT[str(event["kind"])])
    if kind == "checkout" and not event.get("step_name") and any(given.get(name) for name in PAYMENT_PROPERTIES):
        event["step_name"] = "payment"
    if kind in WITH_ITEMS and (items := items_of(given)):
        event["items"] = items
    return event


def page_view(call: Given) -> Given:
    event: Given = {"type": "page_view"}
    if name := text(inner(call, "properties"), "title") or text(call, "name"):
        event["title"] = name
    return event


def identify(call: Given) -> Given:
    traits = inner(call, "traits") or inner(inner(call, "context"), "traits")
    return {"type": "identify", "customer_id": text(call, "userId", "user_id"), "traits": flat(traits)}


def alias(call: Given) -> Given:
    """`previousId` is the visitor that became `userId`."""
    return {
        "type": "identify", "customer_id": text(call, "userId", "user_id"), "how": "link",
        "visitor": short(text(call, "previousId", "previous_id"), VISITOR_MAX),
    }  # fmt: skip


CALLS: dict[str, Callable[[Given], Given]] = {"track": track, "page": page_view, "screen": page_view, "identify": identify, "alias": alias}


# --- the parts ---


def text(given: Given, *names: str) -> str:
    """The first that is there, as text."""
    for name in names:
        value = given.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def inner(given: Given, name: str) -> Given:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def when(call: Given) -> object:
    for name in TIMES:
        if call.get(name):
            return time_ms(call[name], name)
    raise Unfit("field_missing", "The call has no `timestamp`")


def short(given: str, longest: int) -> str:
    """Some libraries make message ids of 80 characters; a long id is replaced by its hash."""
    return given if len(given) <= longest else blake2b(given.encode(errors="replace"), digest_size=16).hexdigest()


def of_customer(customer_id: str) -> str:
    return "user-" + blake2b(customer_id.encode(errors="replace"), digest_size=16).hexdigest() if is_customer_id(customer_id) else ""


def fill(event: Given, given: Given, table: dict[str, tuple[str, ...]]) -> None:
    for field, names in table.items():
        value = next((given[name] for name in names if given.get(name) not in (None, "")), None)
        if value is not None:
            event[field] = number(field, value) if field in NUMBERS else value


def number(name: str, value: object) -> object:
    """Segment's callers send prices as text, too."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        raise Unfit("value_invalid", f"`{name}` is {value[:40]!r}; that is no number") from None


def items_of(given: Given) -> list[Given]:
    products = given.get("products")
    if not isinstance(products, list):
        products = [given] if any(given.get(name) for name in ITEM["id"]) else []
    items = []
    for product in products:
        if not isinstance(product, dict):
            raise Unfit("field_invalid", "`products` holds something that is no object")
        item: Given = {}
        fill(item, product, ITEM)
        items.append(item)
    return items


def flat(given: Given) -> Given:
    """What fits a flat object of at most 20 keys; the rest is left out."""
    plain = [(name, value) for name, value in given.items() if value is None or isinstance(value, str | int | float | bool)]
    return dict(plain[:PROPS_MAX])


def page_of(context: Given, properties: Given) -> Given:
    page = inner(context, "page")
    found = {name: text(page, name) or text(properties, name) for name in ("url", "title", "referrer")}
    return {name: value for name, value in found.items() if value}
