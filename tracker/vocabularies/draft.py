"""What a reader of files makes of a line, before it becomes a row.

in   Record: one line of a file (or one CSV record of several lines)
out  Draft: an event of tracker/wire.py as a dict, and what the line knows beside it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, get_args

import msgspec

from tracker import wire
from tracker.clock import ms_of_iso
from tracker.event import LENGTHS, EventRow, Receipt, Unfit, mended, reason_of, take
from tracker.fields import names_somebody

VISITOR_MAX = LENGTHS["visitor"]
# One class converts twenty times as fast as the union of all; a type that is not here gets the union's message.
CLASSES: dict[str, Any] = {str(kind.__struct_config__.tag): kind for kind in get_args(wire.AnyEvent)}


class Record(NamedTuple):
    number: int  # of its first line, from 1
    after: int  # byte offset (unpacked) behind it
    raw: bytes  # without the line end
    fields: tuple[str, ...] = ()  # csv only
    fault: Unfit | None = None  # it could not even be read


@dataclass(slots=True)
class Draft:
    """`event` has "visitor" and may have "page"; without "id" the run makes one from the record's content."""

    event: dict[str, Any]
    customer_id: str = ""  # the line names a customer: the visitor is bound to it
    ip: str = ""  # already cut
    ua: str = ""
    cookieless: bool = False
    order_from_id: bool = False  # the source has no order ids: the event's id serves
    address: str = ""  # the whole IP address: in memory only, for the visitor id of the day
    granted: bool | None = None  # what the sender says of the visitor's consent; None = nothing
    traits: dict[str, Any] = field(default_factory=dict)  # of the customer named beside the event
    ignored: dict[str, str] = field(default_factory=dict)  # path of what is not kept -> why


class Format(Protocol):
    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        """Raises BadSetting where file and map do not fit; never because of one bad line."""
        ...

    def draft(self, record: Record) -> Draft | None:
        """None = a fine line that is no event. Raises Unfit."""
        ...


def row(event: dict[str, Any], receipt: Receipt) -> EventRow:
    """The same way as through the door: typed, then the STEPS. Raises Unfit."""
    made = typed(event)
    receipt.visitor_id = visitor(event.get("visitor"))
    return take(made, receipt)


def typed(event: dict[str, Any]) -> wire.AnyEvent:
    """Raises Unfit."""
    try:
        made: wire.AnyEvent = msgspec.convert(event, CLASSES.get(str(event.get("type")), wire.AnyEvent))
    except msgspec.ValidationError as error:
        raise Unfit(reason_of(str(error)), str(error)) from None
    return made


def visitor(given: object) -> str:
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not text:
        raise Unfit("visitor_missing", "The line names no visitor")
    if not names_somebody(text):
        raise Unfit("visitor_invalid", f"The visitor is {text[:32]!r}: that is no id of a visitor")
    if len(text) > VISITOR_MAX:
        raise Unfit("visitor_invalid", f"The visitor has {len(text)} characters; at most {VISITOR_MAX}")
    return text


def json_object(raw: bytes) -> dict[str, Any]:
    try:
        value = _json(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        utf8(raw)
        raise Unfit("not_json", "This line is not JSON, or nested too deep") from None
    if not isinstance(value, dict):
        raise Unfit("not_an_object", "This line is JSON, but no object {…}")
    return value


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        if b"\\ud" not in raw and b"\\uD" not in raw:
            raise
        return msgspec.json.decode(mended(raw))


def utf8(raw: bytes, encoding: str = "utf-8") -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unfit("not_utf8", f"Byte {error.start + 1} of this line is not {encoding.upper()}") from None


def time_ms(given: object, name: str = "at") -> object:
    """ms as they are, an ISO text with a zone as ms; anything else is left for the types to refuse. Raises Unfit."""
    if not isinstance(given, str):
        return given
    try:
        return ms_of_iso(given.strip())
    except (ValueError, OverflowError) as error:
        raise Unfit("time_invalid", f"`{name}` is {given[:40]!r}: {error}") from None
