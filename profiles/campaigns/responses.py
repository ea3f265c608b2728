"""POST /v1/responses: codes that came back by phone, voucher or reply card, as rows of `events`.

in   one JSON object or an array of them
out  rows of type `response` for the spool, and refusals, each with the index of its item and its reason
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from profiles import orders
from profiles.answers import Accepted, Refusal
from profiles.campaigns import codes
from profiles.campaigns.answers import ResponseIn
from tracker import event
from tracker.sites import Site
from tracker.store import Store


def feed(store: Store, body: bytes, site: Site, now_ms: int) -> tuple[list[bytes], Accepted]:
    """Raises Problem where the body as a whole is unusable."""
    items = [taken(raw) for raw in orders.split(body, "response")]
    given_out = codes.known(store, site.name, code_of(items))
    rows: list[bytes] = []
    refused: list[Refusal] = []
    for index, item in enumerate(items):
        try:
            rows.append(orders.encode(row(item, site, set(given_out), now_ms)))
        except event.Unfit as unfit:
            refused.append(Refusal(index, unfit.reason, unfit.message))
    return rows, Accepted(len(rows), refused)


def taken(raw: bytes) -> ResponseIn | event.Unfit:
    try:
        given = msgspec.json.decode(raw, type=ResponseIn)
    except msgspec.ValidationError as error:
        return event.Unfit(event.reason_of(str(error)), str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return event.Unfit("not_json", "This response is not JSON in UTF-8, or nested too deep")
    given.response_code = given.response_code.strip().upper()
    return given


def code_of(items: Iterable[ResponseIn | event.Unfit]) -> list[str]:
    return [item.response_code for item in items if isinstance(item, ResponseIn)]


def row(given: ResponseIn | event.Unfit, site: Site, given_out: set[str], now_ms: int) -> event.EventRow:
    """The same code of the same person at the same time is the same event, however often it is sent."""
    if isinstance(given, event.Unfit):
        raise given
    code = given.response_code
    if code not in given_out:
        raise event.Unfit("response_code_unknown", f"`response_code` is {code[:40]!r}: no cell and no rule of this site has that code")
    at_ms = orders.moment(given.at, "at", now_ms)
    customer_id, visitor_id = orders.owner(given, event.Receipt(site, now_ms, source="server", own_time=True), "response")
    new = orders.made(site, f"response:{code}:{customer_id or visitor_id}:{at_ms}", "response", at_ms, now_ms)
    new.customer_id, new.visitor_id = customer_id, visitor_id
    new.props = orders.encode({"response_code": code}).decode()
    return new
