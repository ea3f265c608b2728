"""How often a rule would have fired in the last week: the same matching as live, over profiles as they stand now, and nothing is written.

in   a rule, saved or not; carts, sessions or customers that something happened to
out  DryRun

A profile keeps what it is, not what it was. A cart is looked at as it is now, and at the beginning of its last open stretch and of its last
spell; a session when it ended and when it was closed; a customer as it is now. The caveat of the answer says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from profiles.answers import Cart, SessionProfile
from profiles.conditions import Facts
from profiles.conditions.holding import crossings
from profiles.deps import Deps
from profiles.rules import candidates
from profiles.rules.answers import DryMatch, DryRun, RuleCell
from profiles.rules.candidates import Candidate
from profiles.rules.loop import ages, batches
from profiles.rules.matching import DAY_MS, Match, Memory, match
from profiles.rules.model import Rule
from profiles.rules.telling import reasons, told_as_sentence
from profiles.views.words import sentence as large
from tracker.clock import iso, ms_of_iso
from tracker.sites import Site
from tracker.store import Row, load

WEEK_MS = 7 * DAY_MS
LOOKED_MAX = {"cart": 20_000, "session": 20_000, "customer": 500}  # a customer costs some ten queries
EXAMPLES = 20
CAVEATS = {
    "cart": "This looks back at carts as they are today: what lay in one and was taken out since is not seen, so from now on it may be more often.",
    "session": "This looks back at visits as they ended: what was so for a moment only is not seen, so from now on it may be more often.",
    "customer": "This looks at the customers of the last seven days as they are today: who met the conditions then and no longer does is not seen.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A candidate as it was when its facts changed."""

    at_ms: int
    candidate: Candidate


def dry_run(deps: Deps, site: Site, rule: Rule) -> DryRun:
    until_ms = deps.clock.now_ms()
    from_ms = until_ms - WEEK_MS
    asked = replace(rule, enabled=True, since_ms=from_ms, rule_id=rule.rule_id or "ru_dry")
    ids = list(islice(which(deps, site, asked, from_ms, until_ms), LOOKED_MAX[rule.subject] + 1))
    looked_at = ids[: LOOKED_MAX[rule.subject]]
    moments = sorted(
        (moment for found in found_by(deps, site, asked, looked_at) for moment in history(asked, found, site, until_ms)
         if from_ms <= moment.at_ms <= until_ms),
        key=lambda moment: (moment.at_ms, moment.candidate.subject_id),
    )  # fmt: skip
    return answer(asked, matched(site, asked, moments), from_ms, until_ms, len(looked_at), len(ids) == len(looked_at))


def matched(site: Site, rule: Rule, moments: Sequence[Moment]) -> list[Match]:
    memory, found = Memory(), {}
    for moment in moments:
        made = match(site.name, rule, moment.candidate, memory, moment.at_ms)
        if made:
            memory.note(made)
            found[made.match_id] = made
    return list(found.values())


def answer(rule: Rule, found: Sequence[Match], from_ms: int, until_ms: int, looked_at: int, complete: bool) -> DryRun:
    fired = Counter(each.cell for each in found if not each.suppressed)
    suppressed = Counter(reason for each in found for reason in each.suppressed)
    latest = sorted(found, key=lambda each: (-each.at_ms, each.match_id))[:EXAMPLES]
    return DryRun(
        large(told_as_sentence(rule)), iso(from_ms), iso(until_ms), looked_at, complete, sum(fired.values()) - fired[""], fired[""],
        reasons(suppressed), [RuleCell(cell.name, cell.share, cell.response_code, fired[cell.name]) for cell in rule.cells],
        [example(each) for each in latest], CAVEATS[rule.subject],
    )  # fmt: skip


def example(match: Match) -> DryMatch:
    return DryMatch(
        match.subject_id, iso(match.at_ms), match.customer_id or None, list(match.visitor_ids), match.cell or None, list(match.suppressed),
        list(match.why),
    )  # fmt: skip


# --- whom to look at ---------------------------------------------------------------------------------------------------------


def which(deps: Deps, site: Site, rule: Rule, from_ms: int, until_ms: int) -> Iterator[Row]:
    """The latest first; what happened before the week may come of age in it."""
    longest_s = max((limit_s for _, limit_s in ages(rule.conditions)), default=0)
    asked = {"site": site.name, "from_ms": max(0, from_ms - longest_s * 1000 - DAY_MS), "until_ms": until_ms, "limit": LOOKED_MAX["cart"] + 1}
    if rule.subject == "cart":
        yield from deps.store.rows(load("profiles.rules", "dry_carts"), **asked)
        return
    rows = deps.store.rows(load("profiles.rules", "dry_sessions"), **asked)
    if rule.subject == "session":
        yield from rows
    else:
        yield from ({"id": customer_id} for customer_id in dict.fromkeys(row["customer_id"] for row in rows) if customer_id)


def found_by(deps: Deps, site: Site, rule: Rule, rows: Sequence[Row]) -> Iterator[Candidate]:
    visitors = {row["id"]: row.get("visitor_id", "") for row in rows}
    for some in batches(visitors):
        if rule.subject == "cart":
            yield from candidates.of_carts(deps, site, some)
        elif rule.subject == "session":
            yield from candidates.of_sessions(deps, site, {name: visitors[name] for name in some})
        else:
            yield from candidates.of_customers(deps, site, some)


# --- what they were ----------------------------------------------------------------------------------------------------------


def history(rule: Rule, found: Candidate, site: Site, until_ms: int) -> Iterator[Moment]:
    for began_ms, ended_ms, candidate in stretches(found, site, until_ms):
        for at_ms in sorted({began_ms, *come_of_age(rule, candidate, began_ms, ended_ms)}):
            yield Moment(at_ms, replace(candidate, facts=Facts(at_ms, candidate.facts.values)))


def come_of_age(rule: Rule, candidate: Candidate, began_ms: int, ended_ms: int) -> set[int]:
    each = (at_ms for asked in rule.conditions.each() if asked.field.kind == "age_s" for at_ms in crossings(asked, candidate.facts))
    return {at_ms for at_ms in each if began_ms < at_ms < ended_ms}


def stretches(found: Candidate, site: Site, until_ms: int) -> Iterator[tuple[int, int, Candidate]]:
    """(from, until, the candidate in between), as far as its profile tells."""
    profile = found.profile
    if isinstance(profile, Cart):
        yield from of_cart(found, profile, until_ms)
    elif isinstance(profile, SessionProfile):
        closed_ms = found.base_ms + site.session_gap_s * 1000 + 1
        for began_ms, ended_ms, status in ((found.base_ms, closed_ms, "open"), (closed_ms, until_ms + 1, "closed")):
            yield began_ms, ended_ms, with_facts(found, status=status)
    else:
        yield until_ms, until_ms + 1, found


def of_cart(found: Candidate, cart: Cart, until_ms: int) -> Iterator[tuple[int, int, Candidate]]:
    touched_ms = ms_of_iso(cart.touched_at)
    if cart.state == "abandoned" and cart.abandoned_at:
        abandoned_ms = ms_of_iso(cart.abandoned_at)
        before = [spell for spell in cart.abandonments if spell.at != cart.abandoned_at]
        spell = candidates.spell_of(msgspec.structs.replace(cart, state="open", abandonments=before))
        yield touched_ms, abandoned_ms, replace(with_facts(found, state="open", abandoned_age_s=None), base_ms=touched_ms, spell=spell)
    yield found.base_ms, until_ms + 1, found


def with_facts(found: Candidate, **facts: object) -> Candidate:
    return replace(found, facts=Facts(found.facts.now_ms, {**found.facts.values, **facts}))
