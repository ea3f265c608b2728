"""GA4: the events of the Measurement Protocol. The visitor is `client_id`; a `user_id` beside it binds the visitor to the customer.

in   a body {client_id, user_id, timestamp_micros, events: [{name, params}]}
out  drafts; promotions and chosen products, of which one event may name several, are a draft each
Ids are not in the protocol: they are made from sender, time, place and content, so that a body that is sent again counts once.
Tables: ga4_tables.py.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import Any

import msgspec

from tracker import scrub
from tracker.fields import ITEMS_MAX, names_somebody
from tracker.imports.ids import derived, shaped
from tracker.row import Unfit
from tracker.vocabularies.draft import VISITOR_MAX, Draft
from tracker.vocabularies.ga4_tables import CONTENT, FIELDS, PAGE, PASSED_OVER, TABLES
from tracker.vocabularies.mapping import Given, Ignored, Source, joined, mapped, short

LEAST_MICROS = 10**15  # September 2001; a smaller number is milliseconds or seconds
MOST_MICROS = 10**16  # the year 2286

_canonical = msgspec.json.Encoder(order="sorted").encode


class Envelope:
    """What a body says of all its events."""

    def __init__(self, body: Given) -> None:
        top = Source(body, "")
        self.visitor = short(top.text("client_id", "app_instance_id"), VISITOR_MAX)
        self.user_id = top.text("user_id")
        self.micros = body.get("timestamp_micros")
        self.address = top.text("ip_override")
        self.once = os.urandom(6)
        properties = body.get("user_properties")
        told = {name: one.get("value") for name, one in properties.items() if isinstance(one, dict)} if isinstance(properties, dict) else {}
        self.properties = Source(told, "user_properties.")
        self.traits = self.properties.flat()
        self.ignored: Ignored = dict([*top.left(), *self.properties.left()])


def drafts_of(envelope: Envelope, event: Given, index: int) -> list[Draft]:
    """Raises Unfit."""
    outer, ignored = Source(event, ""), Ignored(envelope.ignored)
    name, params = outer.text("name").strip(), outer.inner("params")
    micros = event.get("timestamp_micros", envelope.micros)
    page = page_of(envelope, params)
    events = events_of(name, params, envelope, ignored)
    ignored.update([*params.left(), *((f"events[].{path}", why) for path, why in outer.left() if path not in PASSED_OVER)])
    customer_id = envelope.user_id if names_somebody(envelope.user_id) else ""
    common: Given = {"visitor": envelope.visitor} | ({"page": page} if page else {}) | ({} if micros is None else {"at": at_ms(micros)})
    event_id = id_of(envelope, event, index, micros)
    drafts = [
        Draft(
            {**common, **one, "id": derived(event_id, str(number)) if number else event_id}, customer_id=customer_id, ip=scrub.ip(envelope.address),
            address=envelope.address, traits=envelope.traits if customer_id else {},
        )
        for number, one in enumerate(events)
    ]  # fmt: skip
    drafts[0].ignored = {path: why for path, why in ignored.items() if path not in PASSED_OVER}
    if micros is None:
        drafts[0].ignored["timestamp_micros"] = "it is missing: a body that is sent again counts again"
    return drafts


def events_of(name: str, params: Source, envelope: Envelope, ignored: Ignored) -> list[Given]:
    kind, constants = TABLES.known(name) or ("custom", {})
    if kind == "identify" and not names_somebody(envelope.user_id):
        return [{"type": "custom", "name": name, "props": params.flat()}]
    if kind == "identify":
        return [{"type": kind, **constants, "customer_id": envelope.user_id, "traits": envelope.traits}]
    if kind == "content" and isinstance(params.values.get("items"), list):
        return contents(kind, constants, params, ignored)
    return [mapped(name, params, TABLES, ignored)]


def contents(kind: str, constants: Any, params: Source, ignored: Ignored) -> list[Given]:
    """A list is one content; promotions and products are one for each item. What an item says goes before what the event says."""
    items = params.values["items"]
    if not all(isinstance(item, dict) for item in items):
        raise Unfit("field_invalid", "`items` holds something that is no object")
    if len(items) > ITEMS_MAX:
        raise Unfit("too_many_items", f"{len(items)} items; send at most {ITEMS_MAX}")
    params.taken.add("items")
    of_kind = str(constants["kind"])
    found: dict[str, Given] = {}
    for item in (items[:1] if of_kind == "category" else items) or [{}]:
        source = Source({**params.values, **item}, "params.items[].")
        event: Given = {"type": kind, **constants}
        source.fill(event, {**FIELDS["content"], **CONTENT[of_kind]})
        if of_kind == "product":
            event.update(joined(source, TABLES))
        params.taken.update(source.taken)
        ignored.update((path, why) for path, why in source.left() if path.rpartition(".")[2] not in params.values)
        found.setdefault(str(event.get("content_id")), event)
    return list(found.values())


def page_of(envelope: Envelope, params: Source) -> Given:
    """The page's id is made from who, which visit and where: so a reading time finds its page view."""
    page: Given = {}
    params.fill(page, PAGE)
    session, url = params.text("session_id", "ga_session_id"), page.get("url")
    if isinstance(url, str):
        page["id"] = shaped(blake2b(f"{envelope.visitor}\0{session}\0{url}".encode(errors="replace"), digest_size=16).digest())
    return page


def id_of(envelope: Envelope, event: Given, index: int, micros: object) -> str:
    """All events of a body have one time: their ids keep them in their order (equal times are ordered by id)."""
    place = index.to_bytes(2, "big")
    if micros is None:
        return shaped(envelope.once + place + os.urandom(8))  # nothing tells a repetition from a second visit
    content = _canonical([envelope.visitor, envelope.user_id, micros, index, event])
    return shaped(int(at_ms(micros)).to_bytes(6, "big") + place + blake2b(content, digest_size=8).digest())


def at_ms(micros: object) -> float:
    """Raises Unfit."""
    try:
        number = int(micros) if isinstance(micros, str | int) and not isinstance(micros, bool) else -1
    except ValueError:
        number = -1
    if not LEAST_MICROS <= number < MOST_MICROS:
        raise Unfit("time_invalid", f"`timestamp_micros` is {str(micros)[:40]!r}; it should be microseconds since 1970, a number of 16 digits")
    return number / 1000
