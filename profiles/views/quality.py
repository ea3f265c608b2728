"""How far the figures can be trusted, on one page: what became of every event, and whether people agree with the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from profiles.answers import Accounting, Agreement, Quality, ReasonCount, Suspicious
from profiles.quality import quality as asked
from profiles.views import phrases
from profiles.views.ask import DAY_MS
from profiles.views.correct import LABELS
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.session_rows import Tile
from profiles.views.words import clean, count, listed

DAYS = 7
REASONS_MAX = 4
CROWDS_MAX = 10


@dataclass(frozen=True, slots=True)
class FateRow:
    what: str
    events: int
    why: str


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """What the model called `label`: how many of these a person called purchase, browsing, information."""

    label: str
    counts: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class QualityContext:
    answer: str = field(metadata=shown("whether everything is accounted for, as a sentence"))
    tiles: list[Tile] = field(metadata=shown("the last days: events, repetitions, sessions, robots"))
    suspicious: list[str] = field(metadata=shown("customers with more browsers than a person has, a sentence each"))
    fates: list[FateRow] = field(metadata=shown("what became of every event, over all time"))
    agreement: str = field(metadata=shown("how often people agree with the model, as a sentence; '' = nobody judged a session"))
    labels: list[str] = field(metadata=shown("the purposes, in the order of the table's columns"))
    confusion: list[ConfusionRow] = field(metadata=shown("the model's answers against people's"))


def quality(call: Call) -> Response:
    found = asked(call.deps, call.shop, call.now_ms - DAYS * DAY_MS, call.now_ms)
    context = QualityContext(
        answer=answer(found.accounting), tiles=tiles(found), suspicious=[crowd(each) for each in found.suspicious[:CROWDS_MAX]],
        fates=fates(found.accounting), agreement=agreement(found.purpose), labels=list(LABELS), confusion=confusion(found.purpose),
    )  # fmt: skip
    return render(call, "quality.html", context)


def crowd(found: Suspicious) -> str:
    return f"{clean(found.customer_id, 60)}: identified in {count(found.visitors, 'browser')} within 30 days"


def answer(account: Accounting) -> str:
    if not account.received:
        return "Nothing has arrived yet"
    missing = account.received - account.accepted - total(account.refused) - total(account.dropped)
    lost = account.accepted - account.stored - total(account.dead) - account.in_spool
    if missing or lost:
        return f"{count(abs(missing) + abs(lost), 'event')} cannot be accounted for"
    return f"Every one of {count(account.received, 'event')} is accounted for"


def total(reasons: Sequence[ReasonCount]) -> int:
    return sum(reason.count for reason in reasons)


def tiles(found: Quality) -> list[Tile]:
    events, again = sum(each.events for each in found.events), sum(each.duplicates for each in found.events)
    robots = total(found.quarantined)
    why = listed([f"{each.count:,}: {phrases.quarantine(each.reason)}" for each in found.quarantined], 2)
    return [
        Tile("Events", f"{events:,}", "", "each counted once"),
        Tile("Came again", f"{again:,}", "", f"{count(found.conflicts, 'copy', 'copies')} with another content" if found.conflicts else "left out"),
        Tile("Sessions", f"{found.sessions:,}", "/sessions", "robots and people"),
        Tile("Of these robots", f"{robots:,}", "/sessions?status=quarantined", why or "none in quarantine"),
    ]


def fates(account: Accounting) -> list[FateRow]:
    rows = [
        FateRow("Received", account.received, "by the tag, the order feed, an import"),
        FateRow("Stored", account.stored, "in the database"),
        FateRow("On the way", account.in_spool, "safe on disk, not in the database yet"),
        FateRow("Refused", total(account.refused), reasons(account.refused)),
        FateRow("Left out on purpose", total(account.dropped), reasons(account.dropped)),
        FateRow("Dead letters", total(account.dead), reasons(account.dead)),
    ]
    return [row for row in rows if row.events or row.what in ("Received", "Stored")]


def reasons(found: Sequence[ReasonCount]) -> str:
    return listed([f"{clean(each.reason.replace('_', ' '), 60)}: {each.count:,}" for each in found], REASONS_MAX)


def agreement(found: Agreement) -> str:
    if not found.judged:
        return ""
    share = f"{found.agreed / found.judged:.0%}".replace("%", "\u00a0%")
    return f"Of {count(found.judged, 'session')} that a person judged, the model said the same of {found.agreed:,}: {share}"


def confusion(found: Agreement) -> list[ConfusionRow]:
    """All versions of the model together."""
    said: dict[tuple[str, str], int] = {}
    for each in found.confusion:
        said[each.label, each.corrected] = said.get((each.label, each.corrected), 0) + each.count
    return [ConfusionRow(label, [(other, said.get((label, other), 0)) for other in LABELS]) for label in LABELS] if said else []
