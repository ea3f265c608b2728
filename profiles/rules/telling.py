"""A rule as one sentence, and with its figures.

in   Rule, counts of `rule_matches`
out  English; RuleTold
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from profiles.answers import ReasonCount
from profiles.conditions import raw, sentence
from profiles.params import cursor_of
from profiles.rules.answers import RuleCell, RuleMatch, RuleMatchList, RuleTold
from profiles.rules.model import Rule
from profiles.views.words import clean
from profiles.views.words import sentence as large
from tracker.clock import iso
from tracker.store import Row, Store, load

DOES = {"webhook": "tell the webhooks", "list": "put {whom} on the list of this rule", "offer": "show the page the offer {offer}"}
WHOM = {"cart": "its owner", "session": "its visitor", "customer": "them"}
ONCE = {"spell": "once each time the cart is abandoned anew", "cart": "once per cart", "session": "once per session"}


def told_as_sentence(rule: Rule) -> str:
    """If the cart is abandoned and …, then tell the webhooks: once per cart. 10 % are held out."""
    does = DOES[rule.action.kind].format(whom=WHOM[rule.subject], offer=f"“{clean(rule.action.offer_id)}”")
    if rule.action.webhook_id:
        does = "tell one webhook"
    held = f" {rule.hold_out} % are held out." if rule.hold_out else ""
    return f"If {sentence(rule.conditions)}, then {does}, {how_often(rule)}.{held}"


def how_often(rule: Rule) -> str:
    if rule.once.per != "customer":
        return ONCE[rule.once.per]
    days = rule.once.days
    return f"once per customer in {days} day{'' if days == 1 else 's'}" if days else "once per customer for ever"


def figures(store: Store, site: str, rule_id: str = "") -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in store.rows(load("profiles.rules", "fired"), site=site, rule_id=rule_id):
        found.setdefault(row["rule_id"], []).append(row)
    return found


def told(rule: Rule, site: str, counted: Iterable[Row]) -> RuleTold:
    rows = list(counted)
    fired = fired_by_cell(rows)
    suppressed = Counter[str]()
    for row in rows:
        suppressed[row["reason"]] += row["matches"] if row["reason"] else 0
    last_ms = max((row["last_ms"] for row in rows if row["cell"] and not row["reason"]), default=None)
    return RuleTold(
        rule.rule_id, site, rule.version, rule.name, rule.subject, raw(rule.conditions), large(told_as_sentence(rule)), rule.action, rule.once,
        [RuleCell(cell.name, cell.share, cell.response_code, fired[cell.name]) for cell in rule.cells], rule.hold_out, rule.enabled,
        iso(rule.since_ms), iso(rule.changed_ms), rule.changed_by, fired[""], reasons(suppressed), None if last_ms is None else iso(last_ms),
    )  # fmt: skip


def fired_by_cell(rows: Iterable[Row]) -> Counter[str]:
    """Of '', the hold-out: how often it would have."""
    return Counter({row["cell"]: row["matches"] for row in rows if not row["reason"]})


def matches(store: Store, site: str, rule_id: str, from_ms: int, cursor: tuple[int, str], limit: int) -> RuleMatchList:
    """One page of whom it met, the latest first."""
    asked = {"rule_id": rule_id, "from_ms": from_ms, "cursor_ms": cursor[0], "cursor_id": cursor[1], "limit": limit + 1}
    rows = store.rows(load("profiles.rules", "matches"), site=site, **asked)
    more = cursor_of(rows[limit - 1]["at_ms"], rows[limit - 1]["match_id"]) if len(rows) > limit else None
    return RuleMatchList([met(row) for row in rows[:limit]], more)


def met(row: Row) -> RuleMatch:
    return RuleMatch(
        row["match_id"], iso(row["at_ms"]), iso(row["found_ms"]), row["subject"], row["subject_id"], row["customer_id"] or None, row["visitor_ids"],
        row["cell"] or None, row["response_code"] or None, row["suppressed"], row["done"], row["why"],
    )  # fmt: skip


def reasons(counted: Counter[str]) -> list[ReasonCount]:
    return [ReasonCount(reason, count) for reason, count in sorted(counted.items()) if count]
