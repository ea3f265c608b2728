"""From what a person wrote to checked conditions, and back.

in   decoded JSON: {"all": [condition or {"any": [condition, …]}, …]}; a bare list is `all`
out  Conditions; or Invalid, which names the place, the field, the value and the cure
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from profiles.conditions.fields import SUBJECTS, Field, Money, Subject, field_of, fields_of
from profiles.problems import Problem

CONDITIONS_MAX = 30
VALUES_MAX = 200
TEXT_MAX = 256
NUMBER_MAX = Decimal(10) ** 12
CURRENCY = re.compile(r"[A-Z]{3}")


class Invalid(Problem):
    """`place` as in all[1].any[0]: which row of the editor is meant; `cure` is what to do there."""

    def __init__(self, place: str, message: str, cure: str = "") -> None:
        super().__init__(400, "condition_invalid", f"{place}: {message}" if place else message)
        self.place, self.cure = place, cure or message


@dataclass(frozen=True, slots=True)
class Condition:
    """`value` by the kind of the field: str, Decimal, Money, int seconds, bool; a tuple of them for any_of, none_of, all_of and between."""

    field: Field
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    any: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of these; without any they hold for everything."""

    subject: Subject
    all: tuple[Condition | AnyOf, ...] = ()

    def each(self) -> Iterator[Condition]:
        for part in self.all:
            yield from part.any if isinstance(part, AnyOf) else (part,)


def check(given: Any, subject: str) -> Conditions:
    found = next((each for each in SUBJECTS if each == subject), None)
    if found is None:
        raise Invalid("", f"the subject is {subject!r}; it should be one of: {', '.join(SUBJECTS)}")
    if isinstance(given, dict) and set(given) == {"all"}:
        given = given["all"]
    if not isinstance(given, list):
        raise Invalid("", f'the conditions are {shown(given)}; give them as {{"all": [{{"field", "operator", "value"}}, …]}}')
    checked = Conditions(found, tuple(part(each, found, f"all[{index}]") for index, each in enumerate(given)))
    many = sum(1 for _ in checked.each())
    if many > CONDITIONS_MAX:
        raise Invalid("", f"there are {many} conditions; give at most {CONDITIONS_MAX}")
    return checked


def part(given: Any, subject: Subject, place: str) -> Condition | AnyOf:
    if not (isinstance(given, dict) and set(given) == {"any"}):
        return condition(given, subject, place)
    group = given["any"]
    if not isinstance(group, list) or not group:
        raise Invalid(place, f"`any` is {shown(group)}; give at least one condition in it")
    return AnyOf(tuple(condition(each, subject, f"{place}.any[{index}]") for index, each in enumerate(group)))


def condition(given: Any, subject: Subject, place: str) -> Condition:
    if not isinstance(given, dict) or set(given) != {"field", "operator", "value"}:
        raise Invalid(place, f"the condition is {shown(given)}; give it as {{\"field\", \"operator\", \"value\"}}, or a group of them as {{\"any\"}}")
    field = field_of(subject, given["field"]) if isinstance(given["field"], str) else None
    if field is None:
        names = ", ".join(field.name for field in fields_of(subject)) + (", attributes.NAME, consent.NAME" if subject == "customer" else "")
        raise Invalid(place, f"a {subject} has no field {shown(given['field'])}; it has: {names}")
    operator = given["operator"]
    if not isinstance(operator, str) or operator not in field.operators:
        raise Invalid(place, f"`{field.name}` has no operator {shown(operator)}; it has: {', '.join(field.operators)}")
    try:
        return Condition(field, operator, value_of(field, operator, given["value"]))
    except Wrong as wrong:
        raise Invalid(place, f"the value of `{field.name}` is {shown(given['value'])}; {wrong}", str(wrong)) from None


class Wrong(Exception):
    """What the value should be."""


def value_of(field: Field, operator: str, given: Any) -> Any:
    if operator == "known":
        return flag(field, given)
    read = READERS[field.kind]
    if operator == "between":
        if not isinstance(given, list) or len(given) != 2:
            raise Wrong("give two of them, the lower one first")
        lower, upper = read(field, given[0]), read(field, given[1])
        if isinstance(lower, Money) and lower.currency != upper.currency:
            raise Wrong("give both in one currency")
        if (lower.amount > upper.amount) if isinstance(lower, Money) else (lower > upper):
            raise Wrong("give the lower one first")
        return lower, upper
    if operator in ("any_of", "none_of", "all_of"):
        if not isinstance(given, list) or not 0 < len(given) <= VALUES_MAX:
            raise Wrong(f"give a list of 1 to {VALUES_MAX} values")
        return tuple(dict.fromkeys(read(field, each) for each in given))
    if field.kind == "fact" and operator in ("at_least", "at_most"):
        return number(field, given)
    return text(field, given) if operator == "contains" else read(field, given)


# --- one value ---------------------------------------------------------------------------------------------------------------


def text(field: Field, given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given.strip()) <= TEXT_MAX:
        raise Wrong(f"give a text of 1 to {TEXT_MAX} characters")
    return given.strip()


def choice(field: Field, given: Any) -> str:
    if not isinstance(given, str) or given not in field.choices:
        raise Wrong(f"it should be one of: {', '.join(field.choices)}")
    return given


def number(field: Field, given: Any) -> Decimal:
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
            raise InvalidOperation
        value = Decimal(given.strip() if isinstance(given, str) else str(given))
        if not value.is_finite() or abs(value) >= NUMBER_MAX or value != round(value, 4):
            raise InvalidOperation
    except InvalidOperation:
        raise Wrong("give a number with at most four decimals, as in 12.5") from None
    return value.normalize() + 0  # 5, 5.0 and 5.00 are one, and -0 is 0


def seconds(field: Field, given: Any) -> int:
    value = number(field, given)
    if value < 0 or value != int(value):
        raise Wrong("give whole seconds of 0 or more, as in 3600")
    return int(value)


def money(field: Field, given: Any) -> Money:
    cure = 'give it with its currency, as in {"amount": 50, "currency": "EUR"}'
    if not isinstance(given, dict) or set(given) != {"amount", "currency"}:
        raise Wrong(cure)
    currency = given["currency"].strip().upper() if isinstance(given["currency"], str) else ""
    if not CURRENCY.fullmatch(currency):
        raise Wrong(f"{cure}; a currency has three letters")
    amount = number(field, given["amount"])
    if amount < 0:
        raise Wrong(f"{cure}; an amount is 0 or more")
    return Money(amount, currency)


def flag(field: Field, given: Any) -> bool:
    if not isinstance(given, bool):
        raise Wrong("it should be true or false")
    return given


def fact(field: Field, given: Any) -> Any:
    if isinstance(given, bool):
        return given
    return text(field, given) if isinstance(given, str) else number(field, given)


READERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": text, "number": number, "money": money, "duration_s": seconds, "age_s": seconds, "choice": choice, "set": text, "flag": flag,
    "fact": fact,
}  # fmt: skip


def shown(given: Any) -> str:
    said = repr(given)
    return said if len(said) <= 100 else said[:99] + "…"


# --- back --------------------------------------------------------------------------------------------------------------------


def raw(conditions: Conditions) -> dict[str, Any]:
    """As JSON takes it; `check` of it gives the same conditions."""
    return {"all": [{"any": [written(each) for each in part.any]} if isinstance(part, AnyOf) else written(part) for part in conditions.all]}


def written(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field.name, "operator": condition.operator, "value": plain(condition.value)}


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Money):
        return {"amount": plain(value.amount), "currency": value.currency}
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value
