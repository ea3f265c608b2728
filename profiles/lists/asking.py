"""Conditions as the parameters of a query that is written down once: each field has its parameters, each with a neutral value.

in   Conditions, the fields a query can tell
out  parameters, and whether rows that it finds must be looked at once more

A query narrows by every condition that stands alone and that it can tell exactly. Where one is left (a field it cannot tell, one of several that
may hold) it finds too many, never too few, and conditions.holds says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from profiles.conditions import AnyOf, Condition, Conditions, field_of

Parameters = dict[str, Any]
FAR = 10**13  # beyond every amount and every time
NOTHING = "\x01"  # no field says this

# What the query of a subject can tell, by the kind of the field.
TOLD: Mapping[str, tuple[str, ...]] = {
    "cart": ("state", "stage", "currency", "value", "age_s", "abandoned_age_s", "items_count", "items", "categories", "consent_marketing",
             "customer_known"),
    "session": ("status", "purpose", "device", "channel", "campaign", "page_views", "purchases", "duration_s", "engaged_s", "quiet_age_s",
                "products_viewed", "content_seen", "cart_value", "customer_known"),
    "customer": ("orders_count", "revenue", "last_order_age_s", "has_abandoned_cart"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """`is_exact`: what the query finds is the answer."""

    parameters: Parameters
    is_exact: bool


def asked(conditions: Conditions, now_ms: int) -> Asked:
    parameters: Parameters = {}
    for name in TOLD[conditions.subject]:
        field = field_of(conditions.subject, name)
        parameters |= NEUTRAL[field.kind](name) if field else {}
    told = [narrowed(parameters, plain(part), conditions.subject, now_ms) for part in conditions.all]
    return Asked(parameters, all(told))


def plain(part: Condition | AnyOf) -> Condition | None:
    """A choice between values of one field is one condition."""
    if isinstance(part, Condition):
        return part
    first = part.any[0]
    is_one_choice = all(each.field == first.field and each.operator in ("is", "any_of") for each in part.any)
    if not is_one_choice or first.field.kind not in ("choice", "text"):
        return None
    return Condition(first.field, "any_of", tuple(value for each in part.any for value in values_of(each)))


def narrowed(parameters: Parameters, condition: Condition | None, subject: str, now_ms: int) -> bool:
    """Whether the query tells it now."""
    if condition is None or condition.field.name not in TOLD[subject]:
        return False
    return NARROWING[condition.field.kind](parameters, condition, now_ms)


def values_of(condition: Condition) -> tuple[Any, ...]:
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


# --- each kind of field ------------------------------------------------------------------------------------------------------


def by_words(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    name, values = condition.field.name, values_of(condition)
    if condition.operator in ("is_not", "none_of"):
        parameters[f"{name}_out"] += values
    elif condition.operator in ("is", "any_of"):
        before = parameters[f"{name}_in"]
        parameters[f"{name}_in"] = [value for value in values if not before or value in before] or [NOTHING]
    else:
        return False
    return True


def by_number(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    limits = limits_of(condition)
    if limits is None:
        return False
    parameters[f"{condition.field.name}_known"] = True
    within(parameters, condition.field.name, *limits)
    return True


def by_money(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    limits = limits_of(condition)
    if limits is None:
        return False
    name, known = condition.field.name, {each.currency for each in limits if each} | {parameters[f"{condition.field.name}_currency"]} - {""}
    parameters[f"{name}_currency"] = known.pop() if len(known) == 1 else NOTHING
    within(parameters, name, *(each and each.amount for each in limits))
    return True


def by_age(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    limits = limits_of(condition)
    if limits is None:
        return False
    name, (least_s, most_s) = condition.field.name, limits
    parameters[f"{name}_known"] = True
    if least_s is not None:
        parameters[f"{name}_to_ms"] = min(parameters[f"{name}_to_ms"], now_ms - int(least_s) * 1000)
    if most_s is not None:
        parameters[f"{name}_from_ms"] = max(parameters[f"{name}_from_ms"], now_ms - int(most_s) * 1000)
    return True


def by_set(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    name, values = condition.field.name, list(values_of(condition))
    if condition.operator == "any_of":
        parameters[f"{name}_any"].append(values)
    else:
        parameters[f"{name}_{'all' if condition.operator == 'all_of' else 'none'}"] += values
    return True


def by_flag(parameters: Parameters, condition: Condition, now_ms: int) -> bool:
    name, wanted = condition.field.name, int(condition.value)
    parameters[name] = wanted if parameters[name] in (-1, wanted) else IMPOSSIBLE
    return True


IMPOSSIBLE = 2  # neither yes nor no


def limits_of(condition: Condition) -> tuple[Any, Any] | None:
    """The least and the most, both inclusive; None where the condition is no stretch."""
    value = condition.value
    stretches = {"at_least": (value, None), "at_most": (None, value), "is": (value, value)}
    return value if condition.operator == "between" else stretches.get(condition.operator)


def within(parameters: Parameters, name: str, least: Decimal | None, most: Decimal | None) -> None:
    if least is not None:
        parameters[f"{name}_min"] = f"{max(Decimal(parameters[f'{name}_min']), least):f}"
    if most is not None:
        parameters[f"{name}_max"] = f"{min(Decimal(parameters[f'{name}_max']), most):f}"


NEUTRAL: Mapping[str, Callable[[str], Parameters]] = {
    "choice": lambda name: {f"{name}_in": [], f"{name}_out": []},
    "text": lambda name: {f"{name}_in": [], f"{name}_out": []},
    "number": lambda name: {f"{name}_known": False, f"{name}_min": f"-{FAR}", f"{name}_max": f"{FAR}"},
    "duration_s": lambda name: {f"{name}_known": False, f"{name}_min": f"-{FAR}", f"{name}_max": f"{FAR}"},
    "money": lambda name: {f"{name}_currency": "", f"{name}_min": f"-{FAR}", f"{name}_max": f"{FAR}"},
    "age_s": lambda name: {f"{name}_known": False, f"{name}_from_ms": -FAR * 100, f"{name}_to_ms": FAR * 100},
    "set": lambda name: {f"{name}_any": [], f"{name}_all": [], f"{name}_none": []},
    "flag": lambda name: {name: -1},
}  # fmt: skip
NARROWING: Mapping[str, Callable[[Parameters, Condition, int], bool]] = {
    "choice": by_words, "text": by_words, "number": by_number, "duration_s": by_number, "money": by_money, "age_s": by_age, "set": by_set,
    "flag": by_flag,
}  # fmt: skip
