"""Who is on a list: everybody its conditions find, with why, and with the reasons to leave somebody out.

in   a Definition; tables `carts`, `sessions`, `customers`, and the contacts of campaigns
out  batches of Member; how many there are, per reason and currency

Read in the order of ids, page by page: one pass, the memory of one page, and nobody comes twice or is skipped, whatever is written meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from profiles.answers import known, number
from profiles.conditions import holds
from profiles.lists import carts, customers, sessions
from profiles.lists.answers import Counted, Member, ReasonFound, Worth
from profiles.lists.asking import Asked, asked
from profiles.lists.definition import REASONS, Definition
from profiles.lists.leaving_out import left_out_by
from profiles.lists.subject import MARK_ROWS, Asking, Found, Subject
from tracker.collection import no_collection
from tracker.sites import Site
from tracker.store import Row, Store, load

PAGE = 10_000
LEAST_PAGE = 500
LEAST_STRETCH = 16_000  # rows of the table, read for one page
WIDER = 4
DAY_MS = 86_400_000
LIVING = frozenset({"open", "abandoned"})
SUBJECTS: Mapping[str, Subject] = {"cart": carts.SUBJECT, "session": sessions.SUBJECT, "customer": customers.SUBJECT}


def members(store: Store, site: Site, definition: Definition, now_ms: int, *, after: str = "", batch: int = PAGE) -> Iterator[list[Member]]:
    """Everybody found, in a fixed order, from the first one after `after`; whoever has `suppressed` is not to be handed out."""
    asking, subject = Asking(store, site, definition.conditions, now_ms), SUBJECTS[definition.subject]

    def told(found: list[Found]) -> list[Member]:
        with no_collection():
            return subject.members(asking, found)

    yield from map(told, matching(asking, definition, after, batch))


def page(
    store: Store, site: Site, definition: Definition, now_ms: int, *, after: str = "", limit: int = 50, only: str = ""
) -> tuple[list[Member], str | None]:
    """One page for a person or a program, and the place after which the next one begins. `only`: members, suppressed; '' = everybody found."""
    found: list[Member] = []
    for each in members(store, site, definition, now_ms, after=after, batch=max(limit + 1, LEAST_PAGE if only else 0)):
        found += [member for member in each if is_wanted(member, only)]
        if len(found) > limit:
            return found[:limit], place_of(found[limit - 1])
    return found, None


def place_of(member: Member) -> str:
    """Where a list goes on after this one."""
    return f"{member.visitor_ids[0]}/{member.id}" if member.subject == "session" else member.id


def is_wanted(member: Member, only: str) -> bool:
    return not only or bool(member.suppressed) == (only == "suppressed")


def matching(asking: Asking, definition: Definition, after: str, batch: int) -> Iterator[list[Found]]:
    """Rows with their facts, page by page; `reasons` of a row has every bit. No page is kept here while the next one is made."""
    question = asked(definition.conditions, asking.now_ms)
    subject, left_out = SUBJECTS[definition.subject], left_out_by(asking, definition, ended=may_have_ended(question))
    wanted = parameters(asking.site, definition, question, asking.now_ms) | subject.parameters(asking)
    decode = msgspec.json.Decoder(subject.row).decode

    def found(answer: list[str]) -> list[Found]:
        with no_collection():
            rows = [decode(row) for row in answer]
            told = zip(rows, subject.facts(asking, rows), strict=True)
            kept = [(row, facts) for row, facts in told if question.is_exact or holds(definition.conditions, facts)]
            for row, _ in kept:
                row.reasons |= left_out.of(row)
        return kept

    yield from filter(None, map(found, answers(asking, subject, wanted, after, batch)))


def answers(asking: Asking, subject: Subject, wanted: Row, after: str, batch: int) -> Iterator[list[str]]:
    """Pages of at most `batch` rows, none empty. Where few are found, the next stretch is longer."""
    query, place = load("profiles.lists", subject.query), msgspec.json.Decoder(Placed)
    marks, at, width = subject.marks(asking, after), 0, max(LEAST_STRETCH, 2 * batch) // MARK_ROWS
    until = ""
    while True:
        if until <= after:
            at += width
            until = marks[at] if at < len(marks) else ""
        rows = [row["row"] for row in asking.store.rows(query, **wanted, **subject.place(after, until), limit=batch)]
        many, last = len(rows), place.decode(rows[-1]).place if rows else after
        if rows:
            yield rows
        if many == batch:
            after = last
        elif not until:
            return
        else:
            after = until
            width *= WIDER if many < batch / 2 else 1


class Placed(msgspec.Struct):
    place: str


def counted(store: Store, site: Site, definition: Definition, now_ms: int) -> Counted:
    question = asked(definition.conditions, now_ms)
    if not question.is_exact:
        found = matching(Asking(store, site, definition.conditions, now_ms), definition, "", PAGE)
        return summed({"currency": row.currency, "bits": row.reasons, "found": 1, "worth": row.value} for rows in found for row, _ in rows)
    query = load("profiles.lists", f"{SUBJECTS[definition.subject].query}_count")
    asking = Asking(store, site, definition.conditions, now_ms)
    wanted = parameters(site, definition, question, now_ms) | SUBJECTS[definition.subject].parameters(asking)
    return summed(store.rows(query, **wanted))


def parameters(site: Site, definition: Definition, question: Asked, now_ms: int) -> dict[str, Any]:
    settings = definition.suppression
    return question.parameters | {str(reason): reason in settings.reasons for reason in REASONS} | {
        "site": site.name, "list_id": definition.list_id, "now_ms": now_ms, "contacted_ms": now_ms - settings.contacted_days * DAY_MS,
        "ended": may_have_ended(question),
        "least_currencies": [least.currency for least in settings.least], "least_values": [f"{least.amount:f}" for least in settings.least],
    }  # fmt: skip


def may_have_ended(question: Asked) -> bool:
    """Whether carts that have ended may be found: of those a robot's is told at some cost."""
    states = question.parameters.get("state_in", ())
    return not states or not LIVING.issuperset(states)


def summed(rows: Iterable[Row]) -> Counted:
    """`rows`: how many there are of a currency and a set of reasons, and what they are worth together."""
    found, left_out, reasons = 0, 0, Counter[int]()
    worth: dict[str, tuple[int, Decimal]] = {}
    for row in rows:
        found += row["found"]
        if row["bits"]:
            left_out += row["found"]
            reasons.update({bit: row["found"] for bit in range(len(REASONS)) if row["bits"] >> bit & 1})
        else:
            many, value = worth.get(row["currency"], (0, Decimal(0)))
            worth[row["currency"]] = many + row["found"], value + row["worth"]
    told = [Worth(known(currency), many, number(value)) for currency, (many, value) in sorted(worth.items(), key=lambda each: (-each[1][0], each[0]))]
    return Counted(found, found - left_out, left_out, [ReasonFound(REASONS[bit], count) for bit, count in sorted(reasons.items())], told)
