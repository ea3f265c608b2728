"""The way of an event through the door: parse(body, receipt) -> rows | refusals, as a list of named STEPS.

in   the bytes of POST /v1/events (unpacked), and what the server knows of the request
out  rows of the table `events` and refusals, each with the index of its event and its reason
Pure: no clock, no disk, no network. One bad event never fails the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import msgspec

from tracker import scrub, wire
from tracker.fields import FIELDS, cut, names_somebody
from tracker.row import LENGTHS, EventRow, Receipt, Unfit

__all__ = ["LENGTHS", "STEPS", "EventRow", "Parsed", "Receipt", "Refusal", "Refused", "Unfit", "decode", "parse", "take"]

MAX_AGE_MS = 7 * 86_400_000
# The order feed's ids (profiles/orders.py) can be guessed: whoever sent a copy before the feed does would keep the order out.
FEED_ID = re.compile(r"order:.*:(placed|updated|cancelled|refunded)|order_watermark:\d+", re.DOTALL)
SHORT = 24  # a UUID is longer; what stands for no id is not
PARTS_MAX = 100_000  # commas in a body; a quarter of a second of decoding could hide in 2 MiB of `{},`
MENDED_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event was not taken; `index` is its place in the batch."""

    index: int
    reason: str
    message: str


class Refused(Exception):
    """The whole batch is refused: an HTTP status and the error of docs/api.md; `site` = who should know of it. Never leaves the door."""

    def __init__(self, status: int, code: str, message: str, retry_after_s: int | None = None, site: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after_s, self.site = status, code, message, retry_after_s, site


class Parsed(msgspec.Struct):
    rows: list[EventRow] = []
    refusals: list[Refusal] = []
    cuts: int = 0
    erased: int = 0  # events of people who were erased: left out of `rows`
    not_mapped: int = 0  # calls of other vocabularies that say nothing we keep


_batch = msgspec.json.Decoder(wire.Batch)
_event: msgspec.json.Decoder[wire.AnyEvent] = msgspec.json.Decoder(wire.AnyEvent)
_HEX = rb"[0-9a-fA-F]{2}"
_HALF = re.compile(  # of a surrogate pair: the first without the second, or the second without the first
    rb"\\u[dD](?:[89abAB]%b(?!\\u[dD][c-fC-F]%b)|(?<!\\u[dD][89abAB]%b\\u[dD])[c-fC-F]%b)" % (_HEX, _HEX, _HEX, _HEX)
)


def decode(body: bytes, events_max: int = 500) -> wire.Batch:
    """The batch, its events still undecoded. Raises Refused (400 or 413)."""
    if len(body) > PARTS_MAX and body.count(b",") > PARTS_MAX:
        raise Refused(413, "too_many_parts", f"The body has more than {PARTS_MAX} commas; send smaller batches")
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
    """Half of a surrogate pair, as JavaScript makes by cutting a text in an emoji, becomes U+FFFD. What is made of nothing else is left as it is."""
    if body.count(b"\\u") > MENDED_MAX or b"\0" in body:
        return body
    hidden = body.replace(rb"\\", b"\0\0")  # a backslash that stands for itself begins no escape; JSON has no zero bytes
    return _HALF.sub(rb"\\ufffd", hidden).replace(b"\0\0", rb"\\")


def parse(events: list[msgspec.Raw], receipt: Receipt, first: int = 0) -> Parsed:
    """Each event through the STEPS; the first that does not like it says why. `first` is the place of events[0] in its batch."""
    parsed = Parsed()
    begun, several = begin(receipt), len(events) > 1
    for index, raw in enumerate(events, first):
        try:
            parsed.rows.append(take(_decode_event(bytes(raw)), receipt, copy(begun) if several else begun))
        except Unfit as unfit:
            parsed.refusals.append(Refusal(index, unfit.reason, unfit.message))
        except OverflowError:
            parsed.refusals.append(Refusal(index, "value_invalid", "A number of this event is too large to reckon with"))
    parsed.cuts = receipt.cuts
    return parsed


def begin(receipt: Receipt) -> EventRow:
    """What all events of a request have in common: made once, copied for each."""
    row = EventRow(
        site=receipt.site.name, visitor_id=receipt.visitor_id, event_id="", type="",
        at=0.0, received_at=receipt.received_ms / 1000, source=receipt.source, tag_version=receipt.tag_version,
        cookieless=receipt.cookieless, webdriver=receipt.webdriver, ip=receipt.ip, ua=receipt.ua,
    )  # fmt: skip
    if receipt.page is not None:
        page_of(receipt.page, row, receipt)
    return row


def take(event: wire.AnyEvent, receipt: Receipt, begun: EventRow | None = None) -> EventRow:
    """One event to its row. Raises Unfit."""
    row = begun or begin(receipt)
    row.event_id, row.type = event.id, event.__struct_config__.tag  # type: ignore[assignment]  # every event has a str tag
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
    if (len(event.id) < SHORT or event.id.startswith("0000")) and not names_somebody(event.id):
        raise Unfit("id_invalid", f"`id` is {event.id!r}: all events that have none would be one; make one UUIDv7 per event")
    if event.id.startswith("order") and FEED_ID.fullmatch(event.id) and receipt.source != "server" and not receipt.own_time:
        raise Unfit("id_invalid", f"`id` is {event.id[:32]!r}, but such ids are the order feed's; make one UUIDv7 per event")


def event_time(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    """received − (sent − at), clamped to the last 7 days: the sender's clock may be wrong, its differences are not (docs/sessions.md)."""
    at = event.at
    if not receipt.own_time:
        if receipt.sent_ms is not None:
            at = receipt.received_ms - (receipt.sent_ms - at)
        if at > receipt.received_ms:
            at = receipt.received_ms
        elif at < receipt.received_ms - MAX_AGE_MS:
            at = receipt.received_ms - MAX_AGE_MS
    elif not 0 <= at < 4_102_444_800_000:
        raise Unfit("time_invalid", f"`at` is {event.at}; an import takes ms from 1970 to 2099")
    row.at = int(at) / 1000


def own_page(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    if event.page is not None:
        page_of(event.page, row, receipt)


def page_of(page: wire.Page, row: EventRow, receipt: Receipt) -> None:
    if page.id:
        row.page_id = cut(page.id, "page_id", receipt)
    if page.url:
        row.url = cut(page.url, "url", receipt)
    if page.title:
        row.title = cut(page.title, "title", receipt)
    if page.referrer:
        row.referrer = cut(page.referrer, "referrer", receipt)


def own_fields(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    FIELDS[type(event)](event, row, receipt)


def consented(event: wire.AnyEvent, row: EventRow, receipt: Receipt) -> None:
    if row.type == "identify" and (receipt.cookieless or receipt.is_denied):
        raise Unfit("consent_missing", "A visitor without consent is not identified")
    if isinstance(event, wire.Consent):
        receipt.is_denied = event.state == "denied"


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
STEPS: tuple[Step, ...] = (has_id, event_time, own_page, own_fields, consented, scrubbed)
