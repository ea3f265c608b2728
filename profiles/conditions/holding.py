"""Whether conditions hold for the facts of one profile, and when that may change by the clock alone.

in   Conditions, Facts
out  yes or no; the clauses that hold; the next moment an age crosses a limit
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from profiles.conditions.checking import AnyOf, Condition, Conditions
from profiles.conditions.facts import Facts
from profiles.conditions.fields import Money
from profiles.conditions.telling import clause

BY_UNKNOWN = ("is_not", "none_of")  # what is not known is not this


def holds(conditions: Conditions, facts: Facts) -> bool:
    return all(any(holds_one(each, facts) for each in part.any) if isinstance(part, AnyOf) else holds_one(part, facts) for part in conditions.all)


def why(conditions: Conditions, facts: Facts) -> list[str]:
    """The clauses that hold, as words."""
    return [clause(each) for each in conditions.each() if holds_one(each, facts)]


def holds_one(condition: Condition, facts: Facts) -> bool:
    fact, operator, kind = facts.values.get(condition.field.name), condition.operator, condition.field.kind
    if operator == "known":
        return (fact is not None and fact != "") is condition.value
    if kind == "choice" and fact is None and condition.field.name.startswith("consent."):
        fact = "never_asked"
    if fact is None:
        return operator in BY_UNKNOWN
    if kind == "money":
        return money(operator, fact, condition.value)
    if kind == "age_s":
        fact = (facts.now_ms - fact) / 1000
    if kind == "set":
        return IN_A_SET[operator](fact, frozenset(condition.value))
    return PLAIN[operator](fact, condition.value)


def money(operator: str, amounts: dict[str, Any], value: Any) -> bool:
    """In the currency of the condition; amounts in others are not compared."""
    limits: tuple[Money, ...] = value if isinstance(value, tuple) else (value,)
    amount = amounts.get(limits[0].currency)
    found = tuple(limit.amount for limit in limits)
    return amount is not None and PLAIN[operator](amount, found if operator == "between" else found[0])


def same(fact: Any, value: Any) -> bool:
    """`true` is not 1."""
    return type(fact) is type(value) and fact == value if isinstance(fact, bool) or isinstance(value, bool) else bool(fact == value)


def measured(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A text or a yes is neither more nor less than a number."""
    return lambda fact, value: not isinstance(fact, bool | str) and compare(fact, value)


PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "is": same,
    "is_not": lambda fact, value: not same(fact, value),
    "any_of": lambda fact, values: any(same(fact, value) for value in values),
    "none_of": lambda fact, values: not any(same(fact, value) for value in values),
    "contains": lambda fact, value: isinstance(fact, str) and value.casefold() in fact.casefold(),
    "at_least": measured(lambda fact, value: bool(fact >= value)),
    "at_most": measured(lambda fact, value: bool(fact <= value)),
    "between": measured(lambda fact, values: bool(values[0] <= fact <= values[1])),
}
IN_A_SET: dict[str, Callable[[frozenset[str], frozenset[str]], bool]] = {
    "any_of": lambda fact, values: bool(fact & values),
    "all_of": lambda fact, values: values <= fact,
    "none_of": lambda fact, values: not fact & values,
}


def next_change_ms(conditions: Conditions, facts: Facts) -> int | None:
    """The first moment after now at which an age crosses one of its limits; None where the clock changes nothing any more."""
    moments = [crossing for each in conditions.each() if each.field.kind == "age_s" for crossing in crossings(each, facts)]
    return min((at_ms for at_ms in moments if at_ms > facts.now_ms), default=None)


def crossings(condition: Condition, facts: Facts) -> list[int]:
    """An age of at most 60 s is over one ms later."""
    since_ms = facts.values.get(condition.field.name)
    if since_ms is None:
        return []
    if condition.operator == "between":
        lower, upper = condition.value
        return [since_ms + lower * 1000, since_ms + upper * 1000 + 1]
    return [since_ms + condition.value * 1000 + (1 if condition.operator == "at_most" else 0)]
