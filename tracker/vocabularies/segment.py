"""Segment: track, page, screen, identify and alias calls, as its archives hold them and as its libraries send them.

The visitor is `anonymousId`; a `userId` beside it binds the visitor to the customer. A call of a file that has only a `userId`
(sent from a server) makes a visitor of that customer's own. Tables: segment_tables.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from urllib.parse import quote, urlsplit

from tracker import scrub
from tracker.fields import names_somebody
from tracker.row import LENGTHS, Unfit
from tracker.vocabularies.draft import VISITOR_MAX, Draft, Record, json_object, time_ms
from tracker.vocabularies.mapping import Given, Ignored, Source, mapped, short
from tracker.vocabularies.segment_tables import CAMPAIGN, PASSED_OVER, TABLES, TIMES

UA_MAX = 512
OF_PAGE = ("url", "title", "referrer")


class Segment:
    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        return lines

    def draft(self, record: Record) -> Draft | None:
        found = draft_of(json_object(record.raw))
        if "at" not in found.event:
            raise Unfit("field_missing", "The call has no `timestamp`")
        if not found.event["visitor"]:
            found.event["visitor"] = of_customer(found.customer_id)
        return found


def draft_of(call: Given) -> Draft:
    """One call; its event has an empty `visitor` and no `at` where the call names none. Raises Unfit."""
    kind = str(call.get("type", "")).lower()
    if kind not in CALLS:
        raise Unfit("type_unknown", f"`type` is {str(call.get('type'))[:40]!r}; taken are {', '.join(CALLS)}")
    ignored: Ignored = {}
    top = Source(call, "")
    properties, context = top.inner("properties"), top.inner("context")
    event = CALLS[kind](top, properties, context, ignored)
    customer_id = top.text("userId", "user_id")
    event["id"] = short(top.text("messageId", "message_id"), LENGTHS["id"])
    if (at := when(call)) is not None:
        event["at"] = at
    event.setdefault("visitor", short(top.text("anonymousId", "anonymous_id"), VISITOR_MAX))
    if page := page_of(context, properties if CALLS[kind] is page_view else Source(None, ""), ignored):
        event["page"] = page
    address, ua, granted = context.text("ip"), context.text("userAgent", "user_agent")[:UA_MAX], consent(context)
    for source in (top, properties, context):
        ignored.update(source.left())
    return Draft(
        event, customer_id=customer_id if names_somebody(customer_id) else "", ip=scrub.ip(address), ua=ua, address=address,
        granted=granted, ignored={path: why for path, why in ignored.items() if path not in PASSED_OVER},
    )  # fmt: skip


# --- the calls ---


def track(top: Source, properties: Source, context: Source, ignored: Ignored) -> Given:
    return mapped(top.text("event"), properties, TABLES, ignored)


def page_view(top: Source, properties: Source, context: Source, ignored: Ignored) -> Given:
    event: Given = {"type": "page_view"}
    if name := properties.text("title") or top.text("name"):
        event["title"] = name
    properties.taken.update((*OF_PAGE, "path", "search"))  # what context.page says, too
    return event


def identify(top: Source, properties: Source, context: Source, ignored: Ignored) -> Given:
    traits = top.inner("traits")
    if not traits.values:
        traits = context.inner("traits")
    event = {"type": "identify", "customer_id": top.text("userId", "user_id"), "traits": traits.flat()}
    ignored.update(traits.left())
    return event


def alias(top: Source, properties: Source, context: Source, ignored: Ignored) -> Given:
    """`previousId` is the visitor that became `userId`."""
    return {
        "type": "identify", "customer_id": top.text("userId", "user_id"), "how": "link",
        "visitor": short(top.text("previousId", "previous_id"), VISITOR_MAX),
    }  # fmt: skip


CALLS: dict[str, Callable[[Source, Source, Source, Ignored], Given]] = {
    "track": track, "page": page_view, "screen": page_view, "identify": identify, "alias": alias,
}  # fmt: skip


# --- the parts ---


def when(call: Given) -> object:
    return next((time_ms(call[name], name) for name in TIMES if call.get(name)), None)


def of_customer(customer_id: str) -> str:
    return "user-" + blake2b(customer_id.encode(errors="replace"), digest_size=16).hexdigest() if names_somebody(customer_id) else ""


def page_of(context: Source, properties: Source, ignored: Ignored) -> Given:
    page = context.inner("page")
    found = {name: value for name in OF_PAGE if (value := page.text(name) or properties.text(name))}
    if "campaign" in context.values:
        campaign = context.inner("campaign")
        if "url" in found:
            found["url"] = with_campaign(found["url"], campaign)
        ignored.update(campaign.left())
    ignored.update(page.left())
    return found


def with_campaign(url: str, campaign: Source) -> str:
    """The address says what the campaign says: that is where a visit's source is read. What it says already stays."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return url
    said = {name: campaign.text(name) for name in CAMPAIGN}
    added = [f"{CAMPAIGN[name]}={quote(value, safe='')}" for name, value in said.items() if value and f"{CAMPAIGN[name]}=" not in query]
    if not added:
        return url
    base, hash_, fragment = url.partition("#")
    return f"{base}{'&' if '?' in base else '?'}{'&'.join(added)}{hash_}{fragment}"


def consent(context: Source) -> bool | None:
    """What the sender's consent banner says: False where every purpose was refused, None where nothing is said."""
    if "consent" not in context.values:
        return None
    said = context.inner("consent").inner("categoryPreferences").values.values()
    return any(value is True for value in said) if said else None
