"""One way from somebody's names to ours, by tables: Segment and GA4, as files and at the door, go through it.

in   an object as JSON gave it; tables: our field -> the names that may hold it, the first that is given counts
out  an event of tracker/wire.py as a dict; the path of everything that nothing here asked for, with why it is not kept
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from tracker.fields import ITEMS_MAX, PROPS_MAX
from tracker.row import Unfit

Given = dict[str, Any]
Names = Mapping[str, tuple[str, ...]]
Ignored = dict[str, str]  # path -> why

KEYS_MAX = 300  # of one object
NUMBERS = frozenset(
    {"results", "step", "value", "tax", "shipping", "discount", "position", "price", "quantity", "engaged_ms", "scroll_pct"}
)  # fmt: skip
WITH_ITEMS = frozenset({"product_view", "cart_add", "cart_remove", "checkout", "order", "refund", "order_cancelled"})
NO_FIELD = "no field here takes it"
NOT_FLAT = "only texts, numbers and truth values are kept, not what holds others"
TOO_MANY = f"at most {PROPS_MAX} are kept"
EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Tables:
    """One vocabulary's e-commerce events."""

    events: Mapping[str, tuple[str, Mapping[str, object]]]  # name in small letters -> our type, constants of the event
    fields: Mapping[str, Names]  # by our type
    content: Mapping[str, Names]  # by kind of content
    item: Names
    items: str  # the property that lists the products
    aliases: Mapping[str, str] = field(default_factory=dict)
    joined: Names = field(default_factory=dict)  # item field -> names whose texts are joined by a slash
    payment: tuple[str, ...] = ()  # a checkout step that names one of these is the payment step

    def known(self, name: str) -> tuple[str, Mapping[str, object]] | None:
        small = name.strip().lower()
        return self.events.get(self.aliases.get(small, small))


class Source:
    """An object of somebody else's; it remembers which of its fields were taken. Raises Unfit where it has too many."""

    def __init__(self, values: object, path: str) -> None:
        self.values: Given = values if isinstance(values, dict) else {}
        if len(self.values) > KEYS_MAX:
            raise Unfit("too_many_keys", f"`{path.rstrip('.') or 'the call'}` has {len(self.values)} keys; send at most {KEYS_MAX}")
        self.path = path
        self.taken: set[str] = set()
        self.whys: dict[str, str] = {}

    def first(self, *names: str) -> Any:
        for name in names:
            value = self.values.get(name)
            if value not in (None, ""):
                self.taken.add(name)
                self.whys.update({other: f"{name} is taken instead" for other in names if other in self.values and other not in self.taken})
                return value
        return None

    def text(self, *names: str) -> str:
        """The first that is a text or a whole number, as text."""
        for name in names:
            value = self.values.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                self.taken.add(name)
                return str(value)
        return ""

    def inner(self, name: str) -> Source:
        if isinstance(self.values.get(name), dict):
            self.taken.add(name)
        return Source(self.values.get(name), f"{self.path}{name}.")

    def fill(self, event: Given, table: Names) -> None:
        for name, names in table.items():
            value = self.first(*names)
            if value is not None:
                event[name] = number(name, value) if name in NUMBERS else value

    def flat(self) -> Given:
        """What fits a flat object of at most 20 keys."""
        plain: Given = {}
        for name, value in self.values.items():
            if name in self.taken:
                continue
            if value is not None and not isinstance(value, str | int | float | bool):
                self.whys[name] = NOT_FLAT
            elif len(plain) == PROPS_MAX:
                self.whys[name] = TOO_MANY
            else:
                plain[name] = value
        self.taken.update(plain)
        return plain

    def left(self) -> Iterator[tuple[str, str]]:
        for name, value in self.values.items():
            if name not in self.taken and value not in EMPTY:
                yield f"{self.path}{name}", self.whys.get(name, NO_FIELD)


def mapped(name: str, given: Source, tables: Tables, ignored: Ignored) -> Given:
    """An event by its name. What no table knows becomes `custom`. Raises Unfit."""
    found = tables.known(name)
    if found is None:
        return {"type": "custom", "name": name, "props": given.flat()}
    kind, constants = found
    event: Given = {"type": kind, **constants}
    given.fill(event, tables.fields.get(kind, {}))
    if kind == "content":
        given.fill(event, tables.content[str(event["kind"])])
    if kind == "checkout" and not event.get("step_name") and given.first(*tables.payment) is not None:
        event["step_name"] = "payment"
    if kind in WITH_ITEMS and (items := items_of(given, tables, ignored)):
        event["items"] = items
    return event


def items_of(given: Source, tables: Tables, ignored: Ignored) -> list[Given]:
    """The products of a list, or the one that the event itself is about."""
    listed = given.values.get(tables.items)
    if not isinstance(listed, list):
        return [item_of(given, tables)] if any(given.values.get(name) for name in tables.item["id"]) else []
    if len(listed) > ITEMS_MAX:
        raise Unfit("too_many_items", f"{len(listed)} items; send at most {ITEMS_MAX}")
    given.taken.add(tables.items)
    items = []
    for one in listed:
        if not isinstance(one, dict):
            raise Unfit("field_invalid", f"`{tables.items}` holds something that is no object")
        source = Source(one, f"{given.path}{tables.items}[].")
        items.append(item_of(source, tables))
        ignored.update(source.left())
    return items


def item_of(source: Source, tables: Tables) -> Given:
    item: Given = {}
    source.fill(item, tables.item)
    return item | joined(source, tables)


def joined(source: Source, tables: Tables) -> Given:
    found = {name: [part for part in (source.text(part) for part in names) if part] for name, names in tables.joined.items()}
    return {name: "/".join(parts) for name, parts in found.items() if parts}


def number(name: str, value: object) -> object:
    """Prices come as text, too."""
    if not isinstance(value, str):
        return value
    try:
        made = float(value)
    except ValueError:
        made = math.nan
    if not math.isfinite(made) or "_" in value:
        raise Unfit("value_invalid", f"`{name}` is {value[:40]!r}; that is no number")
    return made


def short(given: str, longest: int) -> str:
    """Some libraries make ids of 80 characters; a long one is replaced by its hash."""
    return given if len(given) <= longest else blake2b(given.encode(errors="replace"), digest_size=16).hexdigest()
