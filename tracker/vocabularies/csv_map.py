"""The map of a CSV file: which column is what. A TOML file; docs/import.md explains it, rees46.toml is a worked example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from tracker.errors import BadSetting

TYPES = (
    "page_view", "product_view", "search", "cart_add", "cart_remove", "checkout", "order", "refund", "order_cancelled",
    "identify", "logout", "custom",
)  # fmt: skip
NUMBERS = frozenset({"price", "quantity", "value", "tax", "shipping", "discount", "step", "results"})
TEXTS = frozenset({"url", "title", "referrer", "query", "step_name", "coupon", "response_code", "currency", "cart_id", "name"})
OF_ITEMS = frozenset({"price", "quantity"})
NO_ORDER_ID = "none"
PASSED_OVER = ""
Fault = tuple[str, str, str]  # key, value, what it should be


class File(msgspec.Struct, forbid_unknown_fields=True):
    delimiter: str = ","
    encoding: Literal["utf-8", "latin-1", "windows-1252"] = "utf-8"
    decimal: Literal[".", ","] = "."


class Time(msgspec.Struct, forbid_unknown_fields=True):
    column: str
    format: str = "iso"  # iso | ms | s | a pattern of strptime
    zone: str = "UTC"  # of times that name none


class Column(msgspec.Struct, forbid_unknown_fields=True):
    column: str


class Type(msgspec.Struct, forbid_unknown_fields=True):
    column: str = ""
    values: dict[str, str] = {}  # as written in the file -> event type; "" = passed over
    always: str = ""  # for a file of one type


class Item(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str = ""
    category: str = ""
    brand: str = ""
    variant: str = ""
    price: str = ""
    quantity: str = ""
    currency: str = ""


class Order(msgspec.Struct, forbid_unknown_fields=True):
    id: str  # a column, or "none": each row is an order of its own, named by its event id


class Map(msgspec.Struct, forbid_unknown_fields=True):
    time: Time
    visitor: Column
    type: Type
    file: File = msgspec.field(default_factory=File)
    item: Item | None = None
    order: Order | None = None
    customer: Column | None = None
    event: Column | None = None  # the event's own id
    fields: dict[str, str] = {}  # any other field of 4.2 -> column
    constants: dict[str, str] = {}

    def columns(self) -> dict[str, str]:
        """Key of the map -> column it names."""
        named = {"time.column": self.time.column, "visitor.column": self.visitor.column, "type.column": self.type.column}
        named |= {f"item.{name}": column for name, column in self.item_columns().items()}
        named |= {f"fields.{name}": column for name, column in self.fields.items()}
        if self.order and self.order.id != NO_ORDER_ID:
            named["order.id"] = self.order.id
        named |= {f"{key}.column": part.column for key, part in (("customer", self.customer), ("event", self.event)) if part}
        return {key: column for key, column in named.items() if column}

    def item_columns(self) -> dict[str, str]:
        return {name: column for name, column in msgspec.structs.asdict(self.item).items() if column} if self.item else {}


def load_map(path: Path) -> Map:
    """Raises BadSetting, which names the file, the key, the value and the cure."""
    try:
        given = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise BadSetting(f"The map {path} cannot be read: {error.strerror}. Give --map an existing file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"The map {path} is not TOML in UTF-8: {error}. Mend that line.") from error
    try:
        made = msgspec.convert(given, Map)
    except msgspec.ValidationError as error:
        raise BadSetting(f"The map {path}: {told(str(error), given)}. See docs/import.md for the keys.") from None
    for key, value, cure in faults(made):
        raise BadSetting(f"The map {path}: {key} is {value!r}; {cure}.")
    return made


def told(message: str, given: dict[str, Any]) -> str:
    """msgspec's `… - at `$.time.format`` as: time.format is 7: …"""
    what, _, where = message.partition(" - at ")
    key = where.strip("`").removeprefix("$").removeprefix(".")
    value: Any = given
    for part in key.split(".") if key else ():
        value = value.get(part) if isinstance(value, dict) else None
    return f"{key} is {value!r}: {what}" if key else what


def faults(made: Map) -> list[Fault]:
    """Everything that the types cannot see."""
    return [*file_faults(made.file), *time_faults(made.time), *type_faults(made.type), *needs(made), *field_faults(made)]


def file_faults(given: File) -> Iterator[Fault]:
    if len(given.delimiter) != 1 or given.delimiter in '"\r\n':
        yield "file.delimiter", given.delimiter, "it should be one character, such as ',' or ';' or a tab"


def time_faults(given: Time) -> Iterator[Fault]:
    if given.format not in ("iso", "ms", "s") and "%" not in given.format:
        yield "time.format", given.format, "it should be iso, ms, s, or a pattern such as %Y-%m-%d %H:%M:%S"
    try:
        ZoneInfo(given.zone)
    except (ValueError, OSError, LookupError):
        yield "time.zone", given.zone, "it should be a time zone such as UTC or Europe/Berlin"


def type_faults(given: Type) -> Iterator[Fault]:
    if bool(given.column) == bool(given.always):
        yield "type", given.column or given.always, "give either `column` with `values`, or `always` for a file of one type"
    if given.column and not given.values:
        yield "type.values", "", 'say what each value of the column means, such as view = "product_view"'
    named = {f"type.values.{value}": kind for value, kind in given.values.items() if kind != PASSED_OVER}
    if given.always:
        named["type.always"] = given.always
    yield from ((key, kind, f"it should be one of {', '.join(TYPES)}") for key, kind in named.items() if kind not in TYPES)


def needs(made: Map) -> Iterator[Fault]:
    """What a type cannot do without."""
    types = {*made.type.values.values(), made.type.always}
    if types & {"product_view", "cart_add", "cart_remove"} and made.item is None:
        yield "item", "missing", 'say which column holds the product: [item] id = "…"'
    if types & {"order", "refund", "order_cancelled"} and made.order is None:
        yield "order", "missing", f'say which column holds the order\'s id: [order] id = "…"; "{NO_ORDER_ID}" makes each row an order'
    if types & {"refund", "order_cancelled"} and made.order and made.order.id == NO_ORDER_ID:
        yield "order.id", made.order.id, "a refund or cancellation has to name its order: give the column"
    if "identify" in types and made.customer is None:
        yield "customer", "missing", 'say which column holds the customer: [customer] column = "…"'
    if "search" in types and "query" not in made.fields:
        yield "fields.query", "missing", 'say which column holds the words searched for: [fields] query = "…"'


def field_faults(made: Map) -> Iterator[Fault]:
    fields = sorted(TEXTS | NUMBERS - OF_ITEMS)
    yield from ((f"fields.{name}", column, f"there is no such field; there are {', '.join(fields)}")
                for name, column in made.fields.items() if name not in fields)  # fmt: skip
    for name, value in made.constants.items():
        if name != "currency":
            yield f"constants.{name}", value, "there is no such constant; there is currency"
        elif not re.fullmatch("[A-Z]{3}", value):
            yield "constants.currency", value, "it should be an ISO 4217 code such as EUR"
