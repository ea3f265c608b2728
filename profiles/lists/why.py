"""Why somebody is on a list: each condition that holds, with the own figure behind it.

in   Conditions, the Facts of one
out  clauses as words: its value is at least 50 EUR (199.90 EUR)
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from profiles.conditions import Condition, Conditions, Facts, clause
from profiles.conditions.fields import Money
from profiles.conditions.holding import holds_one
from profiles.conditions.telling import figure, lasting, said
from profiles.views.words import ago, listed

SHOWN_MAX = 3


class Why:
    """Of those whom the conditions find. The clauses are made once and serve for every row; a condition that stands alone holds for each of them."""

    def __init__(self, conditions: Conditions) -> None:
        chosen = [each for part in conditions.all if not isinstance(part, Condition) for each in part.any]
        self.told = [(each, clause(each), each in chosen, has_figure(each)) for each in conditions.each()]

    def of(self, facts: Facts) -> list[str]:
        return [
            with_figure(text, own(condition, facts)) if has_own else text
            for condition, text, is_choice, has_own in self.told if not is_choice or holds_one(condition, facts)
        ]  # fmt: skip


def has_figure(condition: Condition) -> bool:
    """Where the clause tells it already, there is none."""
    return condition.operator != "is" and condition.field.kind != "flag"


def with_figure(text: str, own: str) -> str:
    return f"{text} ({own})" if own else text


def own(condition: Condition, facts: Facts) -> str:
    """The figure itself."""
    fact, operator, kind = facts.values.get(condition.field.name), condition.operator, condition.field.kind
    if fact is None:
        return ""
    if kind == "money":
        currency = limit(condition.value).currency
        return f"{fact[currency].normalize():,f} {currency}"
    if kind == "age_s":
        return ago(fact, facts.now_ms)
    if kind == "duration_s":
        return lasting(round(fact))
    if kind == "set":
        return listed(sorted(fact & frozenset(condition.value)), SHOWN_MAX) if operator == "any_of" and len(condition.value) > 1 else ""
    return figure(fact.normalize()) if isinstance(fact, Decimal) else said(fact, False)


def limit(value: Any) -> Money:
    found: Money = value[0] if isinstance(value, tuple) else value
    return found
