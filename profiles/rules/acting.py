"""What is done about a match, after it is written: a message is put into the outbox. Lists and offers are read from the matches themselves.

in   Match, the rule's name, the profile as it is now
out  a message `rule.matched`; its id comes from the match, so that a repetition after a crash is the same message
"""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType

from profiles.answers import Cart, SessionProfile, Time, encode
from profiles.answers_people import CustomerProfile
from profiles.conditions import Subject
from profiles.message import Message
from profiles.rules.matching import Match
from profiles.rules.model import Rule
from tracker import outbox
from tracker.clock import iso
from tracker.store import Store

TYPE = "rule.matched"
_encode = msgspec.json.Encoder().encode


class RuleNamed(msgspec.Struct):
    rule_id: str
    name: str


class Matched(msgspec.Struct):
    """`data` of `rule.matched`: which rule, which cell of its test, and the profile that met it under the name of its kind."""

    match_id: str
    rule: RuleNamed
    cell: str
    response_code: str
    at: Time
    why: list[str]
    subject: Subject
    subject_id: str
    cart: Cart | UnsetType = UNSET
    session: SessionProfile | UnsetType = UNSET
    customer: CustomerProfile | UnsetType = UNSET


class RuleMatched(Message, tag=TYPE):
    """A business rule met somebody."""

    data: Matched


def message(match: Match, rule: Rule, profile: Any) -> outbox.Message:
    """Each match is a subject of its own: it waits for nothing else."""
    data = Matched(
        match.match_id, RuleNamed(rule.rule_id, rule.name), match.cell, match.response_code, iso(match.at_ms), list(match.why),
        cast(Subject, match.subject), match.subject_id, **{match.subject: profile},
    )  # fmt: skip
    return outbox.Message(
        match.site, outbox.message_id(TYPE, match.site, match.match_id), TYPE, f"rule:{match.match_id}", 1, match.at_ms,
        encode(RuleMatched(iso(match.at_ms), data)), match.target, visitor_ids=match.visitor_ids,
        customer_ids=(match.customer_id,) if match.customer_id else (),
    )  # fmt: skip


def put(store: Store, matches: list[Match]) -> None:
    """Returns when they are stored."""
    store.insert("rule_matches", b"\n".join(line(match) for match in matches))


def line(match: Match) -> bytes:
    row = msgspec.structs.asdict(match)
    times = {"at": match.at_ms, "found_at": match.found_ms, "until_at": match.until_ms}
    row = {name: value for name, value in row.items() if not name.endswith("_ms")} | {name: outbox.seconds(at_ms) for name, at_ms in times.items()}
    return _encode(row)
