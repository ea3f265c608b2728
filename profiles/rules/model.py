"""What a rule is: when it applies, what is done then, how often, and for which share of the people.

in   decoded JSON, as the API and the editor give it
out  Rule; or a Problem that names the thing, the value and the cure
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from profiles.conditions import Conditions, Subject, check
from profiles.problems import Problem

NAME_MAX = 120
CELLS_MAX = 10
DAYS_MAX = 400
SHOWN_MAX_S = 90 * 86_400
OFFER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another one
Kind = Literal["webhook", "list", "offer"]
Per = Literal["spell", "cart", "session", "customer"]
ONCE: dict[Subject, tuple[Per, ...]] = {"cart": ("spell", "cart", "customer"), "session": ("session", "customer"), "customer": ("customer",)}


class RuleActionIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`webhook_id`: only this webhook, else every one that takes `rule.matched`. `offer_id`: what the page is told, for `shown_s` at most."""

    kind: Kind
    webhook_id: str = ""
    offer_id: str = ""
    shown_s: int = 7 * 86_400


class RuleOnceIn(msgspec.Struct, forbid_unknown_fields=True):
    """A spell is one stretch of time in which a cart is open, or abandoned. `days` of a customer: once in so many days; 0 = once for ever."""

    per: Per
    days: int = 0


class RuleCellIn(msgspec.Struct, forbid_unknown_fields=True):
    """`share` is a percentage; `response_code` is given out here and may not be chosen."""

    name: str
    share: int
    response_code: str = ""


class RuleIn(msgspec.Struct, forbid_unknown_fields=True):
    """`conditions` as {"all":[{"field","operator","value"} or {"any":[…]}]}: docs/rules.md tells fields and operators."""

    name: str
    subject: Literal["cart", "session", "customer"]
    conditions: Any
    action: RuleActionIn
    once: RuleOnceIn | None = None
    cells: list[RuleCellIn] = msgspec.field(default_factory=lambda: [RuleCellIn("A", 100)])
    hold_out: Annotated[int, Meta(description="The percentage of people for whom nothing is done, to compare with")] = 0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    share: int
    response_code: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`since_ms`: what happened before does not count. `rule_id` '' and `version` 0: not saved."""

    name: str
    conditions: Conditions
    action: RuleActionIn
    once: RuleOnceIn
    cells: tuple[Cell, ...]
    hold_out: int = 0
    enabled: bool = True
    rule_id: str = ""
    since_ms: int = 0
    created_ms: int = 0
    changed_ms: int = 0
    changed_by: str = field(default="", compare=False)
    version: int = 0

    @property
    def subject(self) -> Subject:
        return self.conditions.subject

    @property
    def shares(self) -> list[int]:
        """The hold-out first: who is in it stays in it, however the cells change."""
        return [self.hold_out, *(cell.share for cell in self.cells)]


Given = TypeVar("Given", bound=RuleIn)


def wrong(name: str, value: object, cure: str) -> Problem:
    return Problem(400, "field_invalid", f"`{name}` is {str(value)[:100]!r}; {cure}")


def read(body: bytes, kind: type[Given]) -> Given:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f'{error}. Send {{"name", "subject", "conditions", "action"}}, and if wanted the rest') from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None


def ruled(given: RuleIn) -> Rule:
    """Raises Problem."""
    name = " ".join(given.name.split())
    if not 0 < len(name) <= NAME_MAX:
        raise wrong("name", given.name, f"give the rule a name of 1 to {NAME_MAX} characters")
    conditions = check(given.conditions, given.subject)
    if not conditions.all:
        raise wrong("conditions", "[]", "give at least one: a rule without any would meet everything")
    return Rule(
        name, conditions, action(given.action), once(given.once, conditions.subject), cells(given.cells, given.hold_out), given.hold_out,
        given.enabled,
    )  # fmt: skip


def action(given: RuleActionIn) -> RuleActionIn:
    if given.kind == "offer" and not OFFER_ID.fullmatch(given.offer_id):
        raise wrong("action.offer_id", given.offer_id, "give the id that your page knows, of letters, digits and _ . : - (at most 64)")
    if not 60 <= given.shown_s <= SHOWN_MAX_S:
        raise wrong("action.shown_s", given.shown_s, f"give 60 to {SHOWN_MAX_S} seconds")
    if given.kind != "offer" and given.offer_id:
        raise wrong("action.offer_id", given.offer_id, "leave it out: only an offer has one")
    if given.kind != "webhook" and given.webhook_id:
        raise wrong("action.webhook_id", given.webhook_id, "leave it out: only a webhook has one")
    return given


def once(given: RuleOnceIn | None, subject: Subject) -> RuleOnceIn:
    if given is None:
        return RuleOnceIn(ONCE[subject][0], 30 if subject == "customer" else 0)
    if given.per not in ONCE[subject]:
        raise wrong("once.per", given.per, f"for a {subject} it should be one of: {', '.join(ONCE[subject])}")
    if not 0 <= given.days <= (DAYS_MAX if given.per == "customer" else 0):
        raise wrong("once.days", given.days, f"give 0 to {DAYS_MAX} with once per customer, else leave it out")
    return given


def cells(given: Sequence[RuleCellIn], hold_out: int) -> tuple[Cell, ...]:
    names = [" ".join(cell.name.split()) for cell in given]
    if not 0 < len(given) <= CELLS_MAX:
        raise wrong("cells", len(given), f"give 1 to {CELLS_MAX} cells")
    if len(set(names)) < len(names) or not all(0 < len(name) <= 40 for name in names):
        raise wrong("cells", ", ".join(names), "give each cell a name of its own of 1 to 40 characters")
    if not 0 <= hold_out <= 99 or any(not 1 <= cell.share <= 100 for cell in given):
        raise wrong("cells", [hold_out, *(cell.share for cell in given)], "a share is 1 to 100 percent, the hold-out 0 to 99")
    if hold_out + sum(cell.share for cell in given) != 100:
        raise wrong("cells", hold_out + sum(cell.share for cell in given), "the shares of the cells and the hold-out should add up to 100 percent")
    return tuple(Cell(name, cell.share) for name, cell in zip(names, given, strict=True))


def new_code() -> str:
    return "R" + "".join(secrets.choice(CODE_LETTERS) for _ in range(7))
