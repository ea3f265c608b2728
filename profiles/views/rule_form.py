"""A rule as a form: what was typed becomes a rule, or says in which row it cannot.

in   the fields of the form, or a Rule
out  RuleForm for the template; RuleIn for profiles.rules
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from profiles.conditions import Invalid, Subject
from profiles.conditions.fields import SUBJECTS
from profiles.problems import Problem
from profiles.rules import model
from profiles.rules.model import Kind, Rule, RuleActionIn, RuleCellIn, RuleIn, RuleOnceIn
from profiles.views import condition_rows
from profiles.views.condition_rows import Row, RowShown
from profiles.views.words import sentence as large

HOUR_S = 3600
KINDS: tuple[Kind, ...] = get_args(Kind)
ONCE_WORDS = {
    "spell": "each time the cart is abandoned anew", "cart": "per cart", "session": "per session",
    "customer": "per customer, in so many days",
}  # fmt: skip
FIRST: dict[str, Row] = {
    "cart": Row(field="state", operator="is", value="abandoned"), "session": Row(field="purpose", operator="is", value="purchase"),
    "customer": Row(field="lifecycle", operator="is", value="at_risk"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellShown:
    index: int
    name: str
    share: str
    code: str


@dataclass(frozen=True, slots=True)
class RuleForm:
    """Texts, as they are in the form."""

    rule_id: str
    name: str
    subject: Subject
    rows: list[Row]
    kind: str = "webhook"
    webhook_id: str = ""
    offer_id: str = ""
    shown_hours: str = "168"
    per: str = ""
    days: str = "30"
    cells: list[CellShown] = field(default_factory=lambda: [CellShown(0, "A", "100", "")])
    hold_out: str = "0"
    enabled: bool = True

    @property
    def once(self) -> list[tuple[str, str]]:
        return [(per, ONCE_WORDS[per]) for per in model.ONCE[self.subject]]

    def shown(self, currency: str, wrong: Mapping[int, str]) -> list[RowShown]:
        return condition_rows.show(self.rows, self.subject, currency, wrong)


def new(currency: str) -> RuleForm:
    return RuleForm("", "", "cart", [FIRST["cart"], Row(field="value", operator="at_least", value="100", currency=currency)])


def of_rule(rule: Rule) -> RuleForm:
    cells = [CellShown(index, cell.name, str(cell.share), cell.response_code) for index, cell in enumerate(rule.cells)]
    action = rule.action
    return RuleForm(
        rule.rule_id, rule.name, rule.subject, condition_rows.rows_from(rule.conditions), action.kind, action.webhook_id, action.offer_id,
        f"{action.shown_s / HOUR_S:g}", rule.once.per, str(rule.once.days), cells, str(rule.hold_out), rule.enabled,
    )  # fmt: skip


def typed(form: Mapping[str, str], before: Rule | None) -> RuleForm:
    """With what the pressed button changes: a row more or less, a cell more or less."""
    subject: Subject = next((each for each in SUBJECTS if each == form.get("subject")), "cart")
    rows, cells = condition_rows.rows_of(form), cells_of(form, before)
    if condition_rows.is_of_another(form):
        rows = [FIRST[subject]]
    did, _, number = form.get("do", "").partition("-")
    if did == "add":
        rows = [*rows, Row(field=FIRST[subject].field, operator="is")]
    elif did == "drop" and len(rows) > 1:
        rows = [row for index, row in enumerate(rows) if str(index) != number]
    elif did == "cell" and len(cells) < model.CELLS_MAX:
        cells = [*cells, CellShown(len(cells), chr(ord("A") + len(cells)), "", "")]
    elif did == "uncell" and len(cells) > 1:
        cells = cells[:-1]
    return RuleForm(
        before.rule_id if before else "", form.get("name", ""), subject, rows or [FIRST[subject]], form.get("kind", "webhook"),
        form.get("webhook_id", ""), form.get("offer_id", "").strip(), form.get("shown_hours", "168"), form.get("per", ""), form.get("days", "30"),
        cells, form.get("hold_out", "0"), form.get("enabled", "yes") == "yes",
    )  # fmt: skip


def cells_of(form: Mapping[str, str], before: Rule | None) -> list[CellShown]:
    codes = {cell.name: cell.response_code for cell in before.cells} if before else {}
    numbers = sorted(int(found[1]) for name in form if (found := re.fullmatch(r"cell-(\d)", name)))
    names = [form[f"cell-{number}"].strip() for number in numbers]
    return [
        CellShown(index, name, form.get(f"share-{number}", ""), codes.get(name, ""))
        for index, (number, name) in enumerate(zip(numbers, names, strict=True))
    ] or [CellShown(0, "A", "100", "")]  # fmt: skip


def checked(form: RuleForm) -> tuple[Rule | None, str, dict[int, str]]:
    """The rule; or None, what is wrong with it as a whole, and with which rows."""
    wanted, places = condition_rows.given(form.rows, form.subject)
    try:
        return model.ruled(given(form, wanted)), "", {}
    except Invalid as invalid:
        row = places.get(invalid.place)
        return None, invalid.message if row is None else "", {} if row is None else {row: large(invalid.cure)}
    except Problem as problem:
        return None, plain_words(problem.message), {}


def given(form: RuleForm, conditions: list[Any]) -> RuleIn:
    kind: Kind = next((each for each in KINDS if each == form.kind), "webhook")
    action = RuleActionIn(
        kind, form.webhook_id if kind == "webhook" else "", form.offer_id if kind == "offer" else "",
        round(number("how many hours an offer is shown", form.shown_hours) * HOUR_S) if kind == "offer" else 7 * 86_400,
    )  # fmt: skip
    per = next((each for each in model.ONCE[form.subject] if each == form.per), model.ONCE[form.subject][0])
    cells = [RuleCellIn(cell.name, round(number(f"the share of {cell.name}", cell.share))) for cell in form.cells]
    once = RuleOnceIn(per, round(number("the days", form.days)) if per == "customer" else 0)
    return RuleIn(form.name, form.subject, conditions, action, once, cells, round(number("the hold-out", form.hold_out)), form.enabled)


def number(what: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Problem(400, "field_invalid", f"{what} is {text[:40]!r}; give a number") from None


def plain_words(message: str) -> str:
    """Without the marks of the API: the form has its own labels."""
    return re.sub(r"`(?:action\.|once\.)?(\w+)`", lambda found: found[1].replace("_", " "), message)
