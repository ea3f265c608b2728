"""The calls of one letter become rows: whose they are, and whether their sender may say so.

in   drafts of the vocabularies; the site and how it was named: by the public site key, or by a secret one
out  rows through the STEPS of tracker/event.py, refusals with the place of their call, warnings
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from tracker import scrub
from tracker.cookieless import is_cookieless
from tracker.dialects.letter import Letter, NotKept, Outcome
from tracker.door import Door
from tracker.event import MAX_AGE_MS, Receipt, Refusal, take
from tracker.fields import cut, names_somebody
from tracker.imports.ids import derived
from tracker.row import EventRow, Unfit
from tracker.sites import Site
from tracker.vocabularies.draft import Draft, typed

ORDERS = frozenset({"order", "refund", "order_cancelled"})
UA_MAX = 512
TOO_LARGE = Unfit("value_invalid", "A number of this event is too large to reckon with")


@dataclass(frozen=True, slots=True)
class Sender:
    site: Site
    is_trusted: bool  # a secret key: the company's own server


class Reception:
    def __init__(self, door: Door, sender: Sender, letter: Letter, scope: Scope, headers: dict[bytes, bytes]) -> None:
        self.cookieless, self.sender, self.letter, self.outcome = door.cookieless, sender, letter, Outcome()
        self.is_browser = b"origin" in headers
        self.gpc = headers.get(b"sec-gpc") == b"1"
        self.address = scope["client"][0] if scope.get("client") else ""
        self.ua = headers.get(b"user-agent", b"").decode("latin-1")[:UA_MAX]
        self.receipt = Receipt(site=sender.site, received_ms=door.clock.now_ms(), sent_ms=letter.sent_ms, vouched=sender.is_trusted)
        self.bound: set[tuple[str, str]] = set()
        for path, why in letter.ignored.items():
            self.outcome.warn(0, path, why)

    def take(self, call: object, index: int) -> None:
        kept = False
        try:
            for draft in self.letter.drafts(call, index):
                kept = self.event(draft, index) or kept
        except NotKept as said:
            self.outcome.parsed.not_mapped += 1
            self.outcome.warn(index, "", str(said))
        except Unfit as unfit:
            self.refuse(index, unfit)
        except OverflowError:
            self.refuse(index, TOO_LARGE)
        self.outcome.accepted += kept

    def finished(self) -> Outcome:
        self.outcome.parsed.cuts = self.receipt.cuts
        return self.outcome

    def refuse(self, index: int, unfit: Unfit) -> None:
        self.outcome.parsed.refusals.append(Refusal(index, unfit.reason, unfit.message))

    def event(self, draft: Draft, index: int) -> bool:
        """Whether it was taken."""
        sent_ms = self.receipt.received_ms if self.letter.sent_ms is None else self.letter.sent_ms
        at = draft.event.setdefault("at", sent_ms)
        try:
            customer_id = self.sign(draft)
            row = self.row(draft.event, customer_id)
        except Unfit as unfit:
            self.refuse(index, unfit)
            return False
        self.outcome.parsed.rows.append(row)
        self.bind(draft, row)
        for path, why in draft.ignored.items():
            self.outcome.warn(index, path, why)
        if draft.customer_id and self.receipt.cookieless:
            self.outcome.warn(index, "the customer", "without consent nobody is identified")
        if isinstance(at, int | float) and sent_ms - at > MAX_AGE_MS:
            self.outcome.warn(index, "the time", "it is more than 7 days ago and was taken as 7 days; history goes in with `tracker import`")
        return True

    def row(self, event: dict[str, object], customer_id: str = "") -> EventRow:
        try:
            row = take(typed(event), self.receipt)
        except OverflowError:
            raise TOO_LARGE from None
        row.customer_id = row.customer_id or cut(customer_id, "customer_id", self.receipt).strip()
        return row

    def sign(self, draft: Draft) -> str:
        """The receipt says whose event this is; returns the customer of an event that is told by a server, else ''. Raises Unfit."""
        receipt, is_order = self.receipt, draft.event["type"] in ORDERS
        is_told = self.sender.is_trusted and bool(draft.customer_id)
        receipt.ip, receipt.ua = self.seen_from(draft)
        receipt.visitor_id, receipt.cookieless = draft.event["visitor"], False
        if receipt.visitor_id and not names_somebody(receipt.visitor_id):
            raise Unfit("visitor_invalid", f"The visitor is {receipt.visitor_id[:32]!r}: that is no id of a visitor")
        if self.is_denied(draft):
            receipt.visitor_id = ""
            is_told = is_told and is_order  # a sale is the company's own fact, whatever the banner says
        elif draft.customer_id and not receipt.visitor_id and not is_told:
            raise Unfit("secret_key_needed", "A call that names a user and no visitor comes from a server: it needs a secret key of scope `events`")
        receipt.source = "server" if self.sender.is_trusted and (is_order or (is_told and not receipt.visitor_id)) else "tag"
        if receipt.visitor_id or is_told:
            return draft.customer_id if receipt.source == "server" else ""
        self.sign_for_the_day(draft)
        return ""

    def is_denied(self, draft: Draft) -> bool:
        """A server vouches for what it sends, unless it says itself that consent was refused."""
        is_asked = self.sender.site.consent == "required" and not self.sender.is_trusted
        return self.gpc or draft.granted is False or (is_asked and draft.granted is None) or is_cookieless(draft.event["visitor"])

    def sign_for_the_day(self, draft: Draft) -> None:
        address, ua = (draft.address, draft.ua) if self.sender.is_trusted else (self.address, self.ua)
        if not address:
            raise Unfit("visitor_missing", "The call names no visitor that may be kept, and no address (context.ip) to tell visitors of a day apart")
        receipt = self.receipt
        receipt.visitor_id = self.cookieless.visitor_id(receipt.site.name, address, ua, receipt.received_ms, receipt.site.session_gap_s * 1000)
        receipt.cookieless = True

    def seen_from(self, draft: Draft) -> tuple[str, str]:
        """(address, already cut; user agent) of the visitor: a server's own say nothing."""
        if self.is_browser:
            return scrub.ip(self.address), self.ua
        return draft.ip or ("" if self.sender.is_trusted else scrub.ip(self.address)), draft.ua

    def bind(self, draft: Draft, row: EventRow) -> None:
        """A customer named beside the event: the visitor is bound to it, once in a letter."""
        pair = (row.visitor_id, draft.customer_id)
        if not all(pair) or row.cookieless or row.type == "identify" or pair in self.bound:
            return
        if row.visitor_id == draft.customer_id and not self.receipt.vouched:
            return  # the visitor's own id is no customer's
        self.bound.add(pair)
        event = draft.event
        identify = {
            "type": "identify", "id": derived(row.event_id, "identify"), "at": event["at"], "customer_id": draft.customer_id, "traits": draft.traits,
        }  # fmt: skip
        self.outcome.parsed.rows.append(self.row(identify))
