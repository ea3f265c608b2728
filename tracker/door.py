"""The hot route: POST /v1/events. A plain ASGI callable: through a router it would take half the requests.

in   batches from browsers
out  202 once the good events are on disk; a refusal with its reason for each other one; every event in the ledger
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from functools import lru_cache
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from tracker import body as bodies
from tracker import event, ledger, scrub
from tracker.addresses import network
from tracker.clock import Clock
from tracker.cookieless import Cookieless, is_cookieless
from tracker.erasure import Book
from tracker.errors import SpoolError
from tracker.event import Parsed, Receipt, Refused
from tracker.fields import names_somebody
from tracker.leaked import LeakedKeys, secret_in
from tracker.ledger import Tally
from tracker.limits import Buckets
from tracker.offers import Offer, OfferBook
from tracker.one_write import whole_answer
from tracker.settings import Settings
from tracker.sites import Site, SiteBook
from tracker.spool import Spool
from tracker.visitor_cookie import set_cookie
from tracker.wire import NO_NOTES

RETRY_AFTER_S = (5, 60)  # spread, so that a thousand tags do not come back in the same second
BURST_S = 5
LARGE_BYTES = 64 * 1024  # more than a tag ever sends
EVENTS_AT_A_TIME = 25
LOOPBACK = ("127.0.0.1", "::")  # the /64 of ::1; a proxy on this machine that is not trusted would else stand for everybody

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct, omit_defaults=True):
    """`offers` are told only where there are any for this visitor."""

    accepted: int
    refused: list[event.Refusal]
    offers: list[Offer] | None = None


class Door:
    """What the routes of the public port share: who may send how much, what becomes a row, what is counted."""

    def __init__(self, settings: Settings, sites: SiteBook, spool: Spool, cookieless: Cookieless, clock: Clock) -> None:
        self.settings, self.sites, self.spool, self.cookieless, self.clock = settings, sites, spool, cookieless, clock
        self.by_address = Buckets(settings.address_requests_per_s, settings.address_requests_per_s * BURST_S, time.monotonic)
        self.erased = Book(settings.data / "erased.json")
        self.offers = OfferBook(settings.data / "offers.json")
        self.leaked = LeakedKeys(settings.data / "leaked-keys.json", sites, clock)
        self.large_bytes = 0  # of large bodies that are not answered yet
        self.by_site = Buckets(settings.site_events_per_s, settings.site_events_per_s * BURST_S, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        allowed = self.sites.knows_origin(origin.decode("latin-1"))  # until the batch names its site
        name, events = "", 1  # for the ledger: a body that cannot be read counts as one
        large = 0
        try:
            if scope["method"] != "POST":
                await self.no_post(scope, send, origin if allowed else b"")
                return
            self.admit_address(scope)
            if (b"authorization" in headers or scope["query_string"]) and (secret := secret_in(headers, scope["query_string"])):
                raise self.leaking(secret)
            text = await bodies.read(headers, receive, self.settings.body_max_bytes, self.settings.inflated_max_bytes)
            if len(text) > LARGE_BYTES:
                large = self.admit_large(scope, len(text))
            batch = event.decode(text, self.settings.events_max)
            events = len(batch.events)
            site = self.site(batch.site)
            name, allowed = site.name, admits(site, origin)
            if not allowed:
                page = origin.decode("latin-1")[:128]
                raise Refused(403, "origin_refused", f"Pages of {page} may not send to this site; add it with `tracker site set --origin`")
            self.admit_events(site, events)
            receipt = self.receipt(site, batch, headers, scope)
            parsed = await in_turns(batch.events, receipt) if large else event.parse(batch.events, receipt)
            await self.keep(name, parsed)
            if batch.notes is not NO_NOTES:
                self.spool.note(ledger.noted(name, bytes(batch.notes)))
        except Refused as refused:
            name = name or refused.site
            self.spool.note(Tally({(name, "received", ""): events, (name, "refused", refused.code): events}))
            await answer(scope, send, refused.status, error_body(refused), cors(origin if allowed else b"", refused.retry_after_s))
            return
        finally:
            self.large_bytes -= large
        told = cors(origin, None)
        if site.cookie_domain:
            told += set_cookie(site.cookie_domain, "" if receipt.cookieless else receipt.visitor_id, headers)
        offers = None if receipt.cookieless else self.offers.of(name, receipt.visitor_id, receipt.received_ms)
        await answer(scope, send, 202, _encode(Answer(len(parsed.rows), parsed.refusals, offers)), told)

    async def no_post(self, scope: Scope, send: Send, origin: bytes) -> None:
        if scope["method"] == "OPTIONS":
            await answer(scope, send, 204, b"", preflight(origin))
        else:
            refused = Refused(405, "method_not_allowed", "Send batches with POST")
            await answer(scope, send, 405, error_body(refused), [*cors(origin, None), (b"allow", b"POST, OPTIONS")])

    def admit_address(self, scope: Scope) -> None:
        """A flood from one address is turned away before its body is read."""
        address = network(scope["client"][0]) if scope.get("client") else ""
        if address not in LOOPBACK and (wait_s := self.by_address.wait_s(address)):
            raise Refused(429, "too_many_requests", "This address sends too many batches; wait and send larger ones", math.ceil(wait_s))

    def admit_large(self, scope: Scope, size: int) -> int:
        """What takes long costs more of what its address may send; and what waits for the disk is bounded. Returns the size."""
        address = network(scope["client"][0]) if scope.get("client") else ""
        if address not in LOOPBACK and (wait_s := self.by_address.wait_s(address, size / LARGE_BYTES)):
            raise Refused(429, "too_many_requests", "This address sends too much; wait and send it again", math.ceil(wait_s))
        if self.large_bytes + size > (self.settings.held_max_bytes or size + self.large_bytes):
            raise Refused(503, "busy", "Too many large bodies wait for the disk", random.randint(*RETRY_AFTER_S))  # noqa: S311 - no secret, a spread
        self.large_bytes += size
        return size

    def admit_events(self, site: Site, events: int) -> None:
        if wait_s := self.by_site.wait_s(site.name, events):
            raise Refused(429, "too_many_events", "This site sends more events than it may; wait and send them again", math.ceil(wait_s))

    def site(self, site_key: str) -> Site:
        site = self.sites.by_key(site_key)
        if site is None and site_key.startswith("sk_"):
            raise self.leaking(site_key)
        if site is None:
            raise Refused(403, "site_unknown", "No site has this key; copy the tag line from the Install page")
        return site

    def leaking(self, secret: str) -> Refused:
        """A secret key in a page's request: noted for its owner, and refused."""
        site = self.leaked.note(secret)
        return Refused(403, "secret_key", "This is a secret key. Revoke it, and put the public site key (pk_…) in the page", site=site)

    def receipt(self, site: Site, batch: Any, headers: dict[bytes, bytes], scope: Scope) -> Receipt:
        now_ms = self.clock.now_ms()
        address = scope["client"][0] if scope.get("client") else ""
        ua = headers.get(b"user-agent", b"").decode("latin-1")[:512]
        visitor = (batch.visitor or "").strip()
        if len(visitor) > event.LENGTHS["visitor"]:
            raise Refused(400, "visitor_invalid", f"`visitor` has {len(visitor)} characters; send at most {event.LENGTHS['visitor']}")
        if visitor and not names_somebody(visitor):
            raise Refused(400, "visitor_invalid", f"`visitor` is {visitor[:32]!r}: that is no id of a visitor. Leave it out where there is none")
        cookieless = not visitor or is_cookieless(visitor) or batch.gpc or headers.get(b"sec-gpc") == b"1"
        if cookieless:
            visitor = self.cookieless.visitor_id(site.name, address, ua, now_ms, site.session_gap_s * 1000)
        return Receipt(
            site=site, received_ms=now_ms, visitor_id=visitor, cookieless=cookieless, ip=scrub.ip(address), ua=ua, sent_ms=batch.sent_at,
            tag_version=min(max(batch.v, 0), 255), webdriver=batch.webdriver, page=batch.page,
        )  # fmt: skip

    async def keep(self, site: str, parsed: Parsed) -> None:
        """Returns when the rows are on disk and what became of each event is counted. Raises Refused (503): then none was taken."""
        self.leave_out_erased(site, parsed)
        tally = tally_of(site, parsed)
        if not parsed.rows:
            self.spool.note(tally)
            return
        try:
            await self.spool.append([_encode(row) for row in parsed.rows], tally)
        except SpoolError as error:
            raise Refused(503, "spool_full", str(error), random.randint(*RETRY_AFTER_S)) from None  # noqa: S311 - no secret, a spread

    def leave_out_erased(self, site: str, parsed: Parsed) -> None:
        """What comes late of an erased person is neither taken nor refused: a sender need not know."""
        is_erased = self.erased.of(site)
        if is_erased is not None:
            kept = [row for row in parsed.rows if not is_erased(row.visitor_id, row.customer_id, round(row.at * 1000))]
            parsed.erased, parsed.rows = len(parsed.rows) - len(kept), kept


async def in_turns(events: list[msgspec.Raw], receipt: Receipt) -> Parsed:
    """As event.parse, a few at a time: nobody else waits for the whole of a large batch."""
    parsed = Parsed()
    for first in range(0, len(events), EVENTS_AT_A_TIME):
        some = event.parse(events[first : first + EVENTS_AT_A_TIME], receipt, first)
        parsed.rows += some.rows
        parsed.refusals += some.refusals
        await asyncio.sleep(0)
    parsed.cuts = receipt.cuts
    return parsed


@lru_cache(maxsize=1024)
def all_accepted(site: str, events: int) -> Tally:
    """What nearly every batch amounts to. Shared: whoever adds it up leaves it as it is."""
    return Tally({(site, "received", ""): events, (site, "accepted", ""): events})


def tally_of(site: str, parsed: Parsed) -> Tally:
    if not (parsed.refusals or parsed.cuts or parsed.erased or parsed.not_mapped):
        return all_accepted(site, len(parsed.rows))
    tally = Tally()
    tally[site, "received", ""] = len(parsed.rows) + len(parsed.refusals) + parsed.erased + parsed.not_mapped
    tally[site, "accepted", ""] = len(parsed.rows)
    for refusal in parsed.refusals:
        tally[site, "refused", refusal.reason] += 1
    if parsed.cuts:
        tally[site, "cut", ""] = parsed.cuts
    if parsed.erased:
        tally[site, "dropped", "erased"] = parsed.erased
    if parsed.not_mapped:
        tally[site, "dropped", "not_mapped"] = parsed.not_mapped
    return tally


def admits(site: Site, origin: bytes) -> bool:
    """Exact match. A request without Origin is no browser's cross-site post; Origin is a filter for noise, not a proof of anything."""
    return not origin or origin.decode("latin-1") in site.origins


Headers = list[tuple[bytes, bytes]]
ALWAYS = ((b"content-type", b"application/json"), (b"vary", b"Origin"))  # each further header costs a microsecond


def cors(origin: bytes, retry_after_s: int | None) -> Headers:
    headers: Headers = [*ALWAYS]
    if origin:
        headers.append((b"access-control-allow-origin", origin))
    if retry_after_s is not None:
        headers += [(b"retry-after", str(retry_after_s).encode()), (b"access-control-expose-headers", b"Retry-After")]
    return headers


def preflight(origin: bytes) -> Headers:
    return [*cors(origin, None), (b"access-control-allow-methods", b"POST"), (b"access-control-allow-headers", b"Content-Type, Content-Encoding"),
            (b"access-control-max-age", b"86400")]  # fmt: skip


def error_body(refused: Refused) -> bytes:
    return _encode({"error": {"code": refused.code, "message": refused.message}})


async def answer(scope: Scope, send: Send, status: int, body: bytes, headers: Headers) -> None:
    headers.append((b"content-length", b"%d" % len(body)))
    if whole_answer(scope, status, headers, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
