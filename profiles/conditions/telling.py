"""Conditions as a person says them: the cart is abandoned, its value is at least 50 EUR and it has an item of kitchen.

in   Conditions
out  a clause for each, a sentence without its full stop
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from profiles.conditions.checking import AnyOf, Condition, Conditions
from profiles.conditions.fields import Money
from profiles.views.words import clean, listed

VERBS = {"is": "is {}", "is_not": "is not {}", "at_least": "is at least {}", "at_most": "is at most {}", "contains": "contains {}"}
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
SINGULAR = {"have": "has", "are": "is", "were": "was"}


def sentence(conditions: Conditions) -> str:
    """The first clause names the subject."""
    if not conditions.all:
        return f"every {conditions.subject}"
    first, *others = [told(part) for part in conditions.all]
    return listed([named(first, conditions.subject), *others])


def named(clause: str, subject: str) -> str:
    start, _, rest = clause.partition(" ")
    if start == "either":
        return f"either {named(rest, subject)}"
    if start in ("its", "their"):
        return f"the {subject}'s {rest}"
    verb, _, after = rest.partition(" ")
    return f"the {subject} {SINGULAR.get(verb, verb)} {after}" if start == "they" else f"the {subject} {rest}"


def told(part: Condition | AnyOf) -> str:
    if isinstance(part, Condition):
        return clause(part)
    clauses = [clause(each) for each in part.any]
    return clauses[0] if len(clauses) == 1 else f"either {' or '.join(clauses)}"


def clause(condition: Condition) -> str:
    field, operator, value = condition.field, condition.operator, condition.value
    if field.kind == "flag":
        return field.yes if value else field.no
    if field.kind == "set":
        pattern = {"any_of": field.yes, "none_of": field.no, "all_of": field.all}[operator]
        return pattern.format(either(value) if operator != "all_of" else both(value))
    if operator == "known":
        return f"{field.says} is {'' if value else 'not '}known"
    if field.kind == "age_s":
        return f"{field.says} {ago(operator, value)}"
    return f"{field.says} {predicate(operator, value, timed=field.kind == 'duration_s')}"


def predicate(operator: str, value: Any, *, timed: bool) -> str:
    if operator == "between":
        return f"is between {said(value[0], timed)} and {said(value[1], timed)}"
    if operator in ("any_of", "none_of"):
        return f"is {'' if operator == 'any_of' else 'not '}{either(value)}"
    return VERBS[operator].format(said(value, timed))


def ago(operator: str, value: Any) -> str:
    if operator == "between":
        return f"between {said(value[0], True)} and {said(value[1], True)} ago"
    return f"{'at least' if operator == 'at_least' else 'at most'} {said(value, True)} ago"


def either(values: tuple[Any, ...]) -> str:
    return " or ".join(said(value, False) for value in values)


def both(values: tuple[Any, ...]) -> str:
    return listed([said(value, False) for value in values])


def said(value: Any, timed: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return f"{figure(value.amount)} {value.currency}"
    if timed:
        return lasting(int(value))
    return figure(value) if isinstance(value, Decimal) else clean(str(value).replace("_", " ") if str(value) in SPOKEN else value)


SPOKEN = ("at_risk", "won_back", "never_asked")


def figure(value: Decimal) -> str:
    return f"{value:,f}"


def lasting(value_s: int) -> str:
    """In the largest unit that leaves nothing over: 90 minutes, 3 days."""
    size, name = next((unit for unit in UNITS if value_s and value_s % unit[0] == 0), (1, "second"))
    return f"{value_s // size:,} {name}{'' if value_s == size else 's'}"
