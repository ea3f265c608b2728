"""What a saved list is: a name, a subject, conditions, and who is left out although they hold.

in   decoded JSON, as the API and the editor give it
out  Definition; or a Problem that names the thing, the value and the cure
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, get_args

import msgspec

from profiles.conditions import Conditions, Money, check, fields_of, raw
from profiles.conditions.checking import Wrong, money, plain
from profiles.lists.answers import CountIn, ListIn, Plural, Reason, SuppressionIn
from profiles.problems import Problem

Given = TypeVar("Given", ListIn, CountIn)
NAME_MAX = 120
DAYS_MAX = 400
ALWAYS: tuple[Reason, ...] = ("quarantined",)  # a robot enters no list (docs/sessions.md)
REASONS: tuple[Reason, ...] = get_args(Reason)
SINGULAR = {plural: plural[:-1] for plural in get_args(Plural)}


@dataclass(frozen=True, slots=True)
class Suppression:
    """Which reasons leave somebody out. `least`: what a cart must be worth, by currency; one in another currency is not measured."""

    reasons: frozenset[Reason] = frozenset((*ALWAYS, "no_consent", "bought_same_item_30d"))
    contacted_days: int = 14
    least: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """`list_id` '' and `version` 0: not saved."""

    name: str
    conditions: Conditions
    suppression: Suppression = field(default_factory=Suppression)
    list_id: str = ""
    version: int = 0
    changed_ms: int = 0
    changed_by: str = ""

    @property
    def subject(self) -> str:
        """cart, session or customer."""
        return self.conditions.subject


def wrong(name: str, value: object, cure: str) -> Problem:
    return Problem(400, "field_invalid", f"`{name}` is {str(value)[:100]!r}; {cure}")


def read(body: bytes) -> Definition:
    """Raises Problem."""
    return defined(decoded(body, ListIn))


def read_count(body: bytes) -> Definition:
    """Raises Problem."""
    given = decoded(body, CountIn)
    return replace(defined(ListIn("-", given.subject, given.conditions, given.suppression)), name="", list_id=given.list_id)


def decoded(body: bytes, kind: type[Given]) -> Given:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f"{error}. Send an object with: {', '.join(kind.__struct_fields__)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None


def defined(given: ListIn) -> Definition:
    name = " ".join(given.name.split())
    if not 0 < len(name) <= NAME_MAX:
        raise wrong("name", given.name, f"give the list a name of 1 to {NAME_MAX} characters")
    conditions = check(given.conditions, SINGULAR[given.subject])
    return Definition(name, conditions, suppression(given.suppression))


def suppression(given: SuppressionIn) -> Suppression:
    if not 1 <= given.contacted_days <= DAYS_MAX:
        raise wrong("contacted_days", given.contacted_days, f"give 1 to {DAYS_MAX} days")
    least = tuple(least_of(each) for each in given.min_value)
    if len({each.currency for each in least}) < len(least):
        raise wrong("min_value", [each.currency for each in least], "give each currency once")
    reasons = frozenset((*given.reasons, *ALWAYS))
    return Suppression(reasons | {"below_value"} if least else reasons - {"below_value"}, given.contacted_days, least)


def least_of(given: dict[str, Any]) -> Money:
    try:
        return money(VALUE, given)
    except Wrong as why:
        raise wrong("min_value", given, str(why)) from None


VALUE = next(each for each in fields_of("cart") if each.name == "value")


def written(definition: Definition) -> ListIn:
    """As it is stored and told; `defined` of it gives the same."""
    settings = definition.suppression
    least = [plain(each) for each in settings.least]
    told = SuppressionIn([reason for reason in REASONS if reason in settings.reasons], settings.contacted_days, least)
    plural: Any = f"{definition.subject}s"
    return ListIn(definition.name, plural, raw(definition.conditions), told)
