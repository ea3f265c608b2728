"""What is to be told of a cart, and what has to be taken back: pure, no I/O (docs/decisions/0018-outbox.md).

in   the cart as it is now, or that it is gone; what was told of it so far
out  messages; told in the order of their sequence they leave standing what the cart says now, and nothing else

An abandonment is told while it lasts, a recovery always, neither where it is old news. Whatever was told and is not so any more is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tracker.clock import iso, ms_of_iso
from tracker.outbox import Message, Retracts, Why, message_id

ABANDONED, RECOVERED, RETRACTED = "cart.abandoned", "cart.recovered", "cart.retracted"
NEWS_MS = 7 * 86_400_000  # what happened longer ago is not told any more
JSON = msgspec.json.Encoder()


class Spell(msgspec.Struct):
    at: str
    until: str | None


class Recovery(msgspec.Struct):
    at: str
    order_id: str


class Owner(msgspec.Struct):
    customer_id: str | None
    visitor_ids: tuple[str, ...]


class Facts(msgspec.Struct):
    """Of a cart's document, what decides."""

    owner: Owner
    state: str
    abandonments: tuple[Spell, ...]
    recovered: Recovery | None
    closed_at: str | None
    retracts: Retracts | None = None


class Payload(msgspec.Struct):
    timestamp: str
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Told:
    """A message of before. `about` is what it told happened at `at`."""

    message_id: str
    type: str
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class CartNow:
    """`doc` is the cart as JSON, '' where it is no more. `elsewhere` finds the cart that has its goods now, `order` the order that closed it."""

    cart_id: str
    doc: str = ""
    version: int = 0
    elsewhere: Callable[[], str | None] = lambda: None
    order: Callable[[], str | None] = lambda: None
    facts: Facts | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", facts_of(self.doc) if self.doc else None)


def facts_of(doc: str | bytes) -> Facts:
    return msgspec.json.decode(doc, type=Facts)


def announce(site: str, cart: CartNow, told: Sequence[Told], now_ms: int) -> list[Message]:
    """Oldest sequence first. `told` in any order."""
    taken_back = {taken for message in told if (taken := retracted_by(message))}
    standing = [message for message in told if message.type != RETRACTED and message.message_id not in taken_back]
    happened = list(facts(site, cart, taken_back))
    true_ids = {name for name, *_ in happened}
    known_ids = {message.message_id for message in standing}
    speaker = Speaker(site, cart, told, max((message.sequence for message in told), default=0))
    for message in sorted(standing, key=lambda each: each.sequence, reverse=True):
        if message.message_id not in true_ids:
            speaker.take_back(message, now_ms)
    for name, kind, at, is_news in happened:
        if is_news and name not in known_ids and ms_of_iso(at) >= now_ms - NEWS_MS:
            speaker.tell(name, kind, at)
    return speaker.messages


def facts(site: str, cart: CartNow, taken_back: set[str]) -> Iterator[tuple[str, str, str, bool]]:
    """(message id, type, when, whether it is told where it was not yet) of all that happened to this cart."""
    if cart.facts is None:
        return
    for spell in cart.facts.abandonments:
        yield name_of(taken_back, site, cart.cart_id, ABANDONED, spell.at), ABANDONED, spell.at, spell.until is None
    if cart.facts.recovered:
        found = cart.facts.recovered
        yield name_of(taken_back, site, cart.cart_id, RECOVERED, found.at, found.order_id), RECOVERED, found.at, True


def name_of(taken_back: set[str], *parts: str) -> str:
    """What was taken back and is true again is told anew, under a name of its own."""
    times = 0
    while (name := message_id(*parts, times)) in taken_back:
        times += 1
    return name


def retracted_by(message: Told) -> str | None:
    retracts = facts_of(data_of(message)).retracts if message.type == RETRACTED else None
    return retracts.message_id if retracts else None


def data_of(message: Told) -> bytes:
    return bytes(msgspec.json.decode(message.payload, type=Payload).data)


@dataclass(slots=True)
class Speaker:
    """Puts messages into words, one after the other."""

    site: str
    cart: CartNow
    told: Sequence[Told]
    sequence: int
    messages: list[Message] = field(default_factory=list)

    def tell(self, name: str, kind: str, at: str) -> None:
        self.say(name, kind, at, self.cart.doc.encode(), {"version": self.cart.version})

    def take_back(self, message: Told, now_ms: int) -> None:
        """Of a cart that is no more, with its document as it was last told."""
        at = msgspec.json.decode(message.payload, type=Payload).timestamp
        why, more = self.why(message)
        retracts = Retracts(message.message_id, message.type, at, why, **more)
        name = message_id(self.site, self.cart.cart_id, RETRACTED, message.message_id)
        if self.cart.doc:
            self.say(name, RETRACTED, iso(now_ms), self.cart.doc.encode(), {"version": self.cart.version, "retracts": retracts})
        else:
            last = max((each for each in self.told if each.type != RETRACTED), key=lambda each: each.sequence)
            self.say(name, RETRACTED, iso(now_ms), data_of(last), {"retracts": retracts})

    def why(self, message: Told) -> tuple[Why, dict[str, str | None]]:
        now = self.cart.facts
        if now is None:
            there = self.cart.elsewhere()
            return ("moved", {"cart_id": there}) if there else ("gone", {})
        if message.type == RECOVERED:
            return "no_order", {}
        if now.state in ("bought", "recovered"):
            return "bought", {"order_id": now.recovered.order_id if now.recovered else self.cart.order()}
        return "touched", {}

    def say(self, name: str, kind: str, at: str, doc: bytes, more: dict[str, Any]) -> None:
        self.sequence += 1
        data = joined(doc, JSON.encode(more))
        payload = JSON.encode({"type": kind, "timestamp": at, "data": msgspec.Raw(data)})
        owner = facts_of(doc).owner
        self.messages.append(
            Message(
                self.site, name, kind, "cart:" + self.cart.cart_id, self.sequence, ms_of_iso(at), payload,
                visitor_ids=owner.visitor_ids, customer_ids=(owner.customer_id,) if owner.customer_id else (),
            )
        )  # fmt: skip


def joined(doc: bytes, more: bytes) -> bytes:
    """Two JSON objects as one."""
    return doc[:-1] + b"," + more[1:]
