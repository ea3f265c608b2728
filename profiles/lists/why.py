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
    """The clauses are made once and serve for every row."""

    def __init__(self, conditions: Conditions) -> None:
        self.told = [(condition, clause(condition)) for condition in conditions.each()]

    def of(self, facts: Facts) -> list[str]:
        return [with_figure(text, own(condition, facts)) for condition, text in self.told if holds_one(condition, facts)]


def with_figure(text: str, own: str) -> str:
    return f"{text} ({own})" if own else text


def own(condition: Condition, facts: Facts) -> str:
    """The figure itself, where the clause does not tell it already."""
    fact, operator, kind = facts.values.get(condition.field.name), condition.operator, condition.field.kind
    if fact is None or operator == "is" or kind == "flag":
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
