"""Conditions as rows of a form: field, operator, value. From checked conditions to rows, and from what was typed back.

in   Conditions, or the fields of a form: joined-0, field-0, name-0, operator-0, value-0, upper-0, currency-0, unit-0, pick-0-CHOICE …
out  RowShown for _conditions.html; the JSON that profiles.conditions.check takes
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from profiles.conditions import AnyOf, Condition, Conditions, Field, Subject, field_of, fields_of
from profiles.conditions.checking import plain
from profiles.conditions.fields import LABELS, NAMED
from profiles.conditions.telling import figure

ROWS_MAX = 30
UNITS = (("60", "minutes"), ("3600", "hours"), ("86400", "days"))
MANY = ("any_of", "none_of", "all_of")
SPOKEN = {"duration_s": "lasting", "age_s": "lasting", "money": "money", "number": "number"}
AGES = {"at_least": "at least … ago", "at_most": "at most … ago", "between": "between … ago"}
SETS = {"any_of": "any of", "all_of": "all of", "none_of": "none of"}


@dataclass(frozen=True, slots=True)
class Row:
    """As it is in the form: texts."""

    joined: str = "and"
    field: str = ""
    name: str = ""
    operator: str = ""
    value: str = ""
    upper: str = ""
    currency: str = ""
    unit: str = "60"
    picked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RowShown:
    """What one row of the form shows; `widget`: choice, choices, yes, number, money, lasting, words, text."""

    index: int
    row: Row
    fields: list[tuple[str, str]]
    named: bool
    operators: list[tuple[str, str]]
    widget: str
    two: bool
    options: list[tuple[str, str]] = field(default_factory=list)
    wrong: str = ""


# --- from the form -----------------------------------------------------------------------------------------------------------


def is_of_another(form: Mapping[str, str]) -> bool:
    """Something else is looked at than the rows were made for: nobody has seen yet which rows there are now."""
    return form.get("subject") != form.get("asked")


def rows_of(form: Mapping[str, str]) -> list[Row]:
    numbers = sorted({int(found[1]) for name in form if (found := re.fullmatch(r"field-(\d{1,3})", name))})[:ROWS_MAX]
    return [row_of(form, number) for number in numbers]


def row_of(form: Mapping[str, str], number: int) -> Row:
    def typed(name: str, default: str = "") -> str:
        return form.get(f"{name}-{number}", default).strip()

    start = f"pick-{number}-"
    return Row(
        typed("joined", "and"), typed("field"), typed("name"), typed("operator"), typed("value"), typed("upper"), typed("currency"),
        typed("unit", "60"), frozenset(name.removeprefix(start) for name in form if name.startswith(start)),
    )  # fmt: skip


def given(rows: Sequence[Row], subject: Subject) -> tuple[list[Any], dict[str, int]]:
    """What `check` takes, and which row each of its places is."""
    groups: list[list[int]] = []
    for number, row in enumerate(rows):
        if row.joined == "or" and groups:
            groups[-1].append(number)
        else:
            groups.append([number])
    wanted: list[Any] = []
    places: dict[str, int] = {}
    for index, group in enumerate(groups):
        each = [written(rows[number], subject) for number in group]
        wanted.append({"any": each} if len(group) > 1 else each[0])
        places |= {f"all[{index}].any[{position}]" if len(group) > 1 else f"all[{index}]": number for position, number in enumerate(group)}
    return wanted, places


def written(row: Row, subject: Subject) -> dict[str, Any]:
    name = f"{row.field}.{row.name}" if row.field in NAMED else row.field
    found = field_of(subject, name)
    operator = row.operator if found and row.operator in found.operators else found.operators[0] if found else row.operator
    return {"field": name, "operator": operator, "value": value_of(found, operator, row) if found else row.value}


def value_of(found: Field, operator: str, row: Row) -> Any:
    widget = widget_of(found, operator)
    if widget == "yes":
        return row.value != "no"
    if widget == "choices":
        return [choice for choice in found.choices if choice in row.picked]
    if widget == "words":
        words = [word.strip() for word in row.value.split(",") if word.strip()]
        return [typed_fact(word) if found.kind == "fact" else word for word in words]
    if widget == "choice":
        return row.value if row.value in found.choices else found.choices[0]
    if widget == "text":
        return typed_fact(row.value) if found.kind == "fact" and operator != "contains" else row.value
    both = [measure(found, text, row) for text in ((row.value, row.upper) if operator == "between" else (row.value,))]
    return both if operator == "between" else both[0]


def measure(found: Field, text: str, row: Row) -> Any:
    text = text.replace(",", ".")
    if found.kind == "money":
        return {"amount": text, "currency": row.currency}
    if found.kind in ("duration_s", "age_s"):
        try:
            return plain(Decimal(text) * int(row.unit))
        except (InvalidOperation, ValueError):
            return text
    return text


def typed_fact(text: str) -> Any:
    """A number where it looks like one: 12, but not 0012."""
    return float(text) if re.fullmatch(r"-?(0|[1-9]\d{0,11})(\.\d{1,4})?", text) else {"yes": True, "no": False}.get(text, text)


# --- to the form -------------------------------------------------------------------------------------------------------------


def rows_from(conditions: Conditions) -> list[Row]:
    return [
        row_from(condition, "or" if number else "and")
        for part in conditions.all for number, condition in enumerate(part.any if isinstance(part, AnyOf) else (part,))
    ]  # fmt: skip


def row_from(condition: Condition, joined: str) -> Row:
    kind, _, name = condition.field.name.partition(".")
    row = Row(joined, kind, name, condition.operator)
    widget, value = widget_of(condition.field, condition.operator), condition.value
    lower, upper = value if condition.operator == "between" else (value, None)
    if widget == "choices":
        return replace(row, picked=frozenset(value))
    if widget == "words":
        return replace(row, value=", ".join(shown(each) for each in value))
    if widget == "money":
        return replace(row, value=shown(lower.amount), upper=shown(upper.amount) if upper else "", currency=lower.currency)
    if widget == "lasting":
        unit = next(int(size) for size, _ in reversed(UNITS) if size == "60" or all(each % int(size) == 0 for each in (lower, upper or 0)))
        return replace(row, value=shown(Decimal(lower) / unit), upper="" if upper is None else shown(Decimal(upper) / unit), unit=str(unit))
    return replace(row, value=shown(lower), upper="" if upper is None else shown(upper))


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return figure(value).replace(",", "") if isinstance(value, Decimal) else str(value)


def show(rows: Sequence[Row], subject: Subject, currency: str, wrong: Mapping[int, str] | None = None) -> list[RowShown]:
    return [show_one(index, row, subject, currency, (wrong or {}).get(index, "")) for index, row in enumerate(rows)]


def show_one(index: int, row: Row, subject: Subject, currency: str, wrong: str) -> RowShown:
    fields = [(each.name, each.label) for each in fields_of(subject)]
    fields += [("attributes", "What you know of them"), ("consent", "Consent")] if subject == "customer" else []
    known = row if row.field in dict(fields) else Row(row.joined, fields[0][0])
    found = field_of(subject, f"{known.field}.{known.name or 'name'}" if known.field in NAMED else known.field)
    assert found is not None
    operator = known.operator if known.operator in found.operators else found.operators[0]
    widget = widget_of(found, operator)
    is_left_over = widget in SPOKEN.values() and not wrong and not re.search(r"\d", known.value)  # of the field that was chosen before
    known = replace(known, operator=operator, currency=known.currency or currency, value="" if is_left_over else known.value)
    return RowShown(
        index, known, fields, known.field in NAMED, [(each, operator_label(found, each)) for each in found.operators],
        widget, operator == "between", [(each, each.replace("_", " ")) for each in found.choices], wrong,
    )  # fmt: skip


def operator_label(found: Field, operator: str) -> str:
    return (AGES if found.kind == "age_s" else SETS if found.kind == "set" else LABELS)[operator]


def widget_of(found: Field, operator: str) -> str:
    if operator == "known" or found.kind == "flag":
        return "yes"
    if found.kind == "choice":
        return "choices" if operator in MANY else "choice"
    if operator in MANY:
        return "words"
    if found.kind == "fact":
        return "number" if operator in ("at_least", "at_most") else "text"
    return SPOKEN.get(found.kind, "text")
