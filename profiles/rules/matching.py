"""Whether a rule meets a profile, and what it was that it met: pure, no I/O.

in   a rule, a candidate, what the rule met before
out  Match: in which cell, with which code, or why nothing is done
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from profiles.cells import cell_of
from profiles.conditions import Conditions, Facts, holds, why
from profiles.conditions.holding import crossings
from profiles.rules.candidates import Candidate
from profiles.rules.model import Cell, Rule
from tracker.outbox import name_of
from tracker.store import Row

DAY_MS = 86_400_000
NEWS_MS = 7 * DAY_MS  # what came true longer ago is not acted upon any more (an import of last year, a rebuild)


class Match(msgspec.Struct, frozen=True):
    """A row of `rule_matches`. Times are ms."""

    site: str
    rule_id: str
    match_id: str
    at_ms: int
    found_ms: int
    subject: str
    subject_id: str
    person: str
    customer_id: str
    visitor_ids: tuple[str, ...]
    cell: str
    response_code: str
    suppressed: tuple[str, ...]
    action: str
    target: str
    until_ms: int
    done: bool
    why: tuple[str, ...]
    version: int

    @property
    def acts(self) -> bool:
        """Neither held out nor suppressed."""
        return bool(self.cell) and not self.suppressed


@dataclass(frozen=True, slots=True)
class Met:
    """A match of before."""

    match_id: str
    at_ms: int
    customer_id: str
    visitor_ids: Sequence[str]
    suppressed: Sequence[str]
    version: int


@dataclass
class Memory:
    """What one rule met so far, as far as these candidates go."""

    by_id: dict[str, Met] = field(default_factory=dict)

    def of_person(self, candidate: Candidate) -> list[Met]:
        """Of the same customer; where one of both is not known, on one of the same browsers. What was suppressed does not count."""
        seen = set(candidate.visitor_ids)

        def same(met: Met) -> bool:
            if met.customer_id and candidate.customer_id:
                return met.customer_id == candidate.customer_id
            return bool(seen.intersection(met.visitor_ids))

        return [met for met in self.by_id.values() if not met.suppressed and same(met)]

    def add(self, row: Row) -> None:
        self.by_id[row["match_id"]] = Met(
            row["match_id"], row["at_ms"], row["customer_id"], tuple(row["visitor_ids"]), tuple(row["suppressed"]), row["version"]
        )

    def note(self, match: Match) -> None:
        self.by_id[match.match_id] = Met(match.match_id, match.at_ms, match.customer_id, match.visitor_ids, match.suppressed, match.version)


def match(site: str, rule: Rule, candidate: Candidate, memory: Memory, now_ms: int) -> Match | None:
    """None where it does not hold, came true before the rule was on or too long ago, or was met already."""
    if not holds(rule.conditions, candidate.facts):
        return None
    at_ms = came_true_ms(rule.conditions, candidate.facts, candidate.base_ms)
    if at_ms < max(rule.since_ms, now_ms - NEWS_MS):
        return None
    found = key_of(rule, candidate, memory, at_ms)
    if found is None:
        return None
    match_id = "rm_" + name_of((site, rule.rule_id, found))
    met = memory.by_id.get(match_id)
    if met and (not met.suppressed or tuple(met.suppressed) == candidate.suppressed):
        return None
    cell = cell_for(rule, candidate.person)
    return Match(
        site, rule.rule_id, match_id, at_ms, now_ms, rule.subject, candidate.subject_id, candidate.person, candidate.customer_id,
        candidate.visitor_ids, cell.name, cell.response_code, candidate.suppressed, rule.action.kind,
        rule.action.offer_id or rule.action.webhook_id, now_ms + rule.action.shown_s * 1000, rule.action.kind != "webhook",
        tuple(why(rule.conditions, candidate.facts)), max(now_ms * 1000, met.version + 1 if met else 0),
    )  # fmt: skip


def came_true_ms(conditions: Conditions, facts: Facts, base_ms: int) -> int:
    """When somebody last did something, or when the last age reached its limit after that."""
    reached = [at_ms for each in conditions.each() if each.field.kind == "age_s" for at_ms in crossings(each, facts) if at_ms <= facts.now_ms]
    return max([base_ms, *reached])


def key_of(rule: Rule, candidate: Candidate, memory: Memory, at_ms: int) -> str | None:
    """What may be met once; None = this person was, lately."""
    if rule.once.per == "spell":
        return f"{candidate.subject_id}@{candidate.spell}"
    if rule.once.per in ("cart", "session"):
        return candidate.subject_id
    before = memory.of_person(candidate)
    last_ms = max((met.at_ms for met in before), default=0)
    if before and (not rule.once.days or at_ms < last_ms + rule.once.days * DAY_MS):
        return None
    return f"{candidate.person}#{len(before)}"


def cell_for(rule: Rule, person: str) -> Cell:
    """The cell without a name is the hold-out."""
    index = cell_of(rule.rule_id, person, rule.shares)
    return rule.cells[index - 1] if index else Cell("", rule.hold_out)
