"""What a rule did: what its cells brought against the hold-out, and whom it met, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles.params import FROM_THE_START, Cursor
from profiles.problems import Problem
from profiles.rules import keeping, report, telling
from profiles.rules.answers import RuleMatch
from profiles.views.campaign_cells import CellShown, shown_cells
from profiles.views.guard import Call
from profiles.views.render import render, segment, shown
from profiles.views.words import clean, listed, moment, sentence
from tracker.clock import ms_of_iso

PAGE = 50
WEEK_MS = 7 * 86_400_000
REASONS = {"no_consent": "no consent", "quarantined": "robot", "bought_same_item_30d": "bought the same in the last 30 days"}
PAGES = {"cart": "/carts/", "session": "/sessions/", "customer": "/customers/"}


@dataclass(frozen=True, slots=True)
class MetLine:
    """Texts, ready to be escaped. `href` leads to what was met, '' where that is the person."""

    who: str
    who_href: str
    what: str
    href: str
    when: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class RuleMetContext:
    title: str = field(metadata=shown("the name of the rule"))
    rule_id: str = field(metadata=shown("its id"))
    sentence: str = field(metadata=shown("the rule as one sentence"))
    cells: list[CellShown] = field(metadata=shown("what each cell brought; empty = it met nobody, or this is not the first page"))
    measured: str = field(metadata=shown("what counts in that table, as a sentence"))
    is_week: bool = field(metadata=shown("whether only the last seven days are shown"))
    met: list[MetLine] = field(metadata=shown("one page of whom it met, the latest first"))
    next_href: str = field(metadata=shown("address of the next page; '' = this is the last"))


def met(call: Call) -> Response:
    rule = keeping.one(call.deps.store, call.shop.name, call.request.path_params["rule_id"])
    if rule is None:
        raise HTTPException(404, "This rule does not exist. It may have been removed.")
    is_week, cursor = call.query.get("since") != "ever", cursor_of(call.query.get("cursor", ""))
    found = telling.matches(call.deps.store, call.shop.name, rule.rule_id, call.now_ms - WEEK_MS if is_week else 0, cursor, PAGE)
    brought = report.report(call.deps.store, call.shop, rule, call.now_ms).cells if cursor == FROM_THE_START else []
    more = f"/rules/{segment(rule.rule_id)}/met?cursor={segment(found.next_cursor or '')}{'' if is_week else '&since=ever'}"
    context = RuleMetContext(
        title=rule.name, rule_id=rule.rule_id, sentence=sentence(telling.told_as_sentence(rule)),
        cells=shown_cells(brought) if any(cell.fired for cell in brought) else [], measured=measured(), is_week=is_week,
        met=[line(call, each) for each in found.data], next_href=more if found.next_cursor else "",
    )  # fmt: skip
    return render(call, "rule_met.html", context)


def measured() -> str:
    within = f"What happened within {report.MEASURE_DAYS} days after the rule met somebody first counts"
    return f"{within}, in the cell they were in then. Who may not be addressed is in no cell."


def cursor_of(text: str) -> tuple[int, str]:
    try:
        return Cursor().read(text) if text else FROM_THE_START
    except Problem:
        raise HTTPException(404, "This page of the rule does not exist. Start again at its first page.") from None


def line(call: Call, each: RuleMatch) -> MetLine:
    visitor_id = each.visitor_ids[0] if each.visitor_ids else ""
    who_href = f"/customers/{segment(each.customer_id)}" if each.customer_id else f"/visitors/{segment(visitor_id)}"
    return MetLine(
        clean(each.customer_id or "an anonymous visitor", 60), who_href, each.subject,
        "" if each.subject == "customer" else PAGES[each.subject] + segment(each.subject_id),
        moment(ms_of_iso(each.at), call.now_ms, call.shop.timezone), sentence(outcome(each.cell, each.suppressed)), sentence(listed(each.why)),
    )  # fmt: skip


def outcome(cell: str | None, reasons: Sequence[str]) -> str:
    if reasons:
        return f"left out: {listed([REASONS.get(reason, reason) for reason in reasons])}"
    return f"cell {clean(cell, 40)}" if cell else "held out"
