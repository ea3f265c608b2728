"""A list as a form: what was typed becomes a Definition, or says in which row it cannot.

in   the fields of the form, or a Definition
out  ListForm for the template; a Definition
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from profiles.conditions import SUBJECTS, Conditions, Invalid, Subject, check
from profiles.lists import Definition, Reason, Suppression
from profiles.lists.answers import SuppressionIn
from profiles.lists.definition import ALWAYS, NAME_MAX, REASONS, suppression, wrong
from profiles.problems import Problem
from profiles.views import condition_rows
from profiles.views.condition_rows import Row
from profiles.views.rule_form import FIRST, plain_words
from profiles.views.words import quantity
from profiles.views.words import sentence as large

CHOICES = tuple(reason for reason in REASONS if reason not in (*ALWAYS, "below_value"))
HOURS = {"1h": "1", "today": "24", "24h": "24", "3d": "72", "7d": "168", "30d": "720"}  # of a field that says when, on the page Carts
AMOUNT = re.compile(r"\s*([\d.]+)\s*([A-Za-z]{3})\s*")


@dataclass(frozen=True, slots=True)
class ListForm:
    """Texts, as they are in the form. `least`: 50 EUR, 60 USD."""

    list_id: str
    name: str
    subject: Subject
    rows: list[Row]
    reasons: frozenset[Reason]
    days: str = "14"
    least: str = ""


def new(currency: str, carts: Mapping[str, str]) -> ListForm:
    """Abandoned lately and worth a letter; or `carts`: what the page Carts was asked for, as its address says it."""
    state, hours = carts.get("state", "abandoned"), HOURS.get(carts.get("when", "" if carts else "3d"), "")
    since = Row(field="abandoned_age_s" if state == "abandoned" else "age_s", operator="at_most", value=hours, unit="3600")
    if hours and int(hours) % 24 == 0:
        since = replace(since, value=f"{int(hours) // 24}", unit="86400")
    rows = [
        Row(field="state", operator="is", value=state) if state != "any" else None, since if hours else None,
        Row(field="stage", operator="is", value=carts["stage"]) if carts.get("stage") else None,
        Row(field="value", operator="at_least", value=carts.get("worth") or "50", currency=currency) if carts.get("worth") or not carts else None,
    ]  # fmt: skip
    return ListForm("", "", "cart", [row for row in rows if row] or [FIRST["cart"]], Suppression().reasons)


def of_list(made: Definition) -> ListForm:
    settings, subject = made.suppression, made.conditions.subject
    least = ", ".join(f"{quantity(each.amount)} {each.currency}" for each in settings.least)
    rows = condition_rows.rows_from(made.conditions)
    return ListForm(made.list_id, made.name, subject, rows, settings.reasons, str(settings.contacted_days), least)


def typed(form: Mapping[str, str], list_id: str) -> ListForm:
    """With what the pressed button changes: a row more or less."""
    subject: Subject = next((each for each in SUBJECTS if each == form.get("subject")), "cart")
    rows, (did, _, number) = condition_rows.rows_of(form), form.get("do", "").partition("-")
    if condition_rows.is_of_another(form):
        rows = [FIRST[subject]]
    elif did == "add":
        rows = [*rows, Row(field=FIRST[subject].field, operator="is")]
    elif did == "drop":
        rows = [row for index, row in enumerate(rows) if str(index) != number]
    reasons = frozenset(reason for reason in CHOICES if f"reason-{reason}" in form)
    return ListForm(list_id, form.get("name", ""), subject, rows, reasons, form.get("days", "14"), form.get("least", ""))


def checked(form: ListForm) -> tuple[Definition | None, str, dict[int, str]]:
    """The list, perhaps without a name yet; or None, what is wrong with it as a whole, and with which rows."""
    wanted, places = condition_rows.given(form.rows, form.subject)
    try:
        conditions: Conditions = check(wanted, form.subject)
        return Definition(" ".join(form.name.split())[:NAME_MAX], conditions, left_out(form), form.list_id), "", {}
    except Invalid as invalid:
        row = places.get(invalid.place)
        return None, invalid.message if row is None else "", {} if row is None else {row: large(invalid.cure)}
    except Problem as problem:
        return None, plain_words(problem.message), {}


def left_out(form: ListForm) -> Suppression:
    parts = [part for part in form.least.replace(";", ",").split(",") if part.strip()]
    found = [AMOUNT.fullmatch(part) for part in parts]
    amounts = [{"amount": each[1], "currency": each[2]} for each in found if each]
    if len(amounts) < len(parts):
        raise wrong("the least worth", form.least, "give amounts with their currency, as in 50 EUR")
    days = int(form.days) if form.days.strip().isdecimal() else 0
    given = suppression(SuppressionIn([], days, amounts))
    return replace(given, reasons=given.reasons | form.reasons)
