"""The rules at work: every change of a profile is held against them, and every age that reaches its limit.

in   table `stream` from where the last look ended; the clock
out  rows of `rule_matches`, written before anything is done; messages; offers for the public door

A look that fails is made again from where the last one ended: what was met already is known by its id, and what was not done yet is done first.
Of several processes over one database one looks, and the others take its place when it is gone (lease.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from profiles.conditions import Conditions, Subject
from profiles.deps import Deps
from profiles.rules import acting, candidates, keeping
from profiles.rules.candidates import Candidate
from profiles.rules.lease import Lease
from profiles.rules.matching import NEWS_MS, Match, Memory, match
from profiles.rules.model import Rule
from tracker import outbox
from tracker.erasure import Book
from tracker.offers_file import OfferFile
from tracker.sites import Site
from tracker.store import Row, load

LOOK_S = 0.5
RULES_MS = 2_000  # how soon a rule that another process changed is known
CLOCK_MS = 5_000  # from one look at the ages to the next
MARGIN_MS = 10_000  # before the place where a process ended: it may not have known the latest rule
PAGE = 500
log = logging.getLogger(__name__)


@dataclass
class Place:
    """How far a site was looked at. Times are ms."""

    at_ms: int
    kind: str = ""
    id: str = ""
    clock_ms: int = 0
    kept_ms: int = 0

    def move(self, last: Row | None, until_ms: int) -> None:
        """After the last row of a page, or where there was no full one, to the end of what can be seen."""
        self.at_ms, self.kind, self.id = (last["at_ms"], last["kind_name"], last["id"]) if last else (max(self.at_ms, until_ms), "", "")


    def back_to(self, since_ms: int) -> None:
        """Where a rule was made while we looked without it."""
        if since_ms < self.at_ms:
            self.at_ms, self.kind, self.id = since_ms, "", ""
        self.clock_ms = min(self.clock_ms, since_ms)


@dataclass
class Touched:
    """Profiles to be looked at again."""

    carts: set[str] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)  # -> visitor
    customers: set[str] = field(default_factory=set)


class Runner:
    """`look` is called from one thread at a time."""

    def __init__(self, deps: Deps, lease: Lease | None = None) -> None:
        self.deps, self.store = deps, deps.store
        self.lease = lease or Lease(deps.store, deps.clock, alone=deps.settings.embedded)
        self.offers = OfferFile(deps.store, deps.settings.data)
        self.erased = Book(deps.settings.data / "erased.json")
        self.places: dict[str, Place] = {}
        self.rules: dict[str, list[Rule]] = {}
        self.rules_ms = 0
        self.undone = True  # after a start, and after a failure: what was written may not be done yet

    def turn(self) -> float:
        """A look, where it is ours to look. Says in how many seconds the next one is due."""
        if self.lease.is_mine():
            self.look()
        else:
            self.places, self.undone = {}, True  # whoever comes next begins where the other one ended
            self.offers.freshen(self.deps.clock.now_ms())  # each machine has a door of its own
        return LOOK_S

    def look(self) -> int:
        """One look at every site with rules. Returns how many matches were found. Raises StoreDown: the next look goes on where this one ended."""
        now_ms = self.deps.clock.now_ms()
        self.read_rules(now_ms)
        self.erased.refresh()
        if self.undone:
            self.do_undone(now_ms)
        found = 0
        for name, rules in self.rules.items():
            site = self.deps.registry.sites().get(name)
            if site:
                found += self.look_at(site, rules, now_ms)
        self.offers.freshen(now_ms)
        return found

    def read_rules(self, now_ms: int) -> None:
        if 0 <= now_ms - self.rules_ms < RULES_MS:
            return
        rules: dict[str, list[Rule]] = {}
        for site, rule in keeping.everywhere(self.store):
            if rule.enabled:
                rules.setdefault(site, []).append(rule)
        for name, place in list(self.places.items()):
            known = {(rule.rule_id, rule.version) for rule in self.rules.get(name, ())}
            new = [rule.changed_ms for rule in rules.get(name, ()) if (rule.rule_id, rule.version) not in known]
            if new:
                place.back_to(min(new))
            if name not in rules:
                del self.places[name]
        self.rules, self.rules_ms = rules, now_ms

    # One site

    def look_at(self, site: Site, rules: Sequence[Rule], now_ms: int) -> int:
        place = self.places.get(site.name) or self.begin(site, rules, now_ms)
        until_ms = self.store.settled_ms()
        found, full = 0, True
        while full:
            page = self.page(site, place, until_ms)
            full = len(page) == PAGE
            found += self.hold(site, rules, self.touched(page))
            place.move(page[-1] if full else None, until_ms)
        if now_ms - place.clock_ms >= CLOCK_MS or now_ms < place.clock_ms:
            found += self.hold(site, rules, self.come_of_age(site, rules, place.clock_ms, now_ms))
            place.clock_ms = now_ms
        self.keep(site, place, now_ms)
        self.places[site.name] = place
        return found

    def begin(self, site: Site, rules: Sequence[Rule], now_ms: int) -> Place:
        """Where the last look ended, but not before the first rule was on: what came before counts for none of them."""
        since_ms = max(min(rule.since_ms for rule in rules), now_ms - NEWS_MS)
        row = self.store.one(load("profiles.rules", "progress"), site=site.name)
        if row is None:
            return Place(since_ms, clock_ms=since_ms)
        return Place(max(int(row["position"]) - MARGIN_MS, since_ms), clock_ms=max(row["clock_ms"] - MARGIN_MS, since_ms))

    def keep(self, site: Site, place: Place, now_ms: int) -> None:
        """Now and then: a look from further back finds the same matches."""
        if 0 <= now_ms - place.kept_ms < CLOCK_MS:
            return
        row = {"site": site.name, "position": str(place.at_ms), "clock_at": place.clock_ms / 1000, "version": now_ms * 1000}
        self.store.insert("rule_progress", msgspec.json.encode(row))
        place.kept_ms = now_ms

    def page(self, site: Site, place: Place, until_ms: int) -> list[Row]:
        if until_ms <= place.at_ms:
            return []
        return self.store.rows(
            load("profiles.rules", "changes"), site=site.name, after_ms=place.at_ms, after_kind=place.kind, after_id=place.id, until_ms=until_ms,
            limit=PAGE,
        )  # fmt: skip

    def touched(self, page: Iterable[Row]) -> Touched:
        found = Touched()
        for row in page:
            if row["kind_name"] == "cart":
                found.carts.add(row["id"])
            elif row["kind_name"] == "customer":
                found.customers.add(row["id"])
            else:
                found.sessions[row["id"]] = row["visitor_id"]
        return found

    def come_of_age(self, site: Site, rules: Sequence[Rule], after_ms: int, until_ms: int) -> Touched:
        """Whose age reached a limit that a rule asks for, since the last look; sessions that closed, customers whose stage changed."""
        found = Touched()
        if subject_in(rules, "customer"):
            found.customers = {row["id"] for row in self.ask("stages", site, after_ms, until_ms)}
        if subject_in(rules, "session"):
            gap_ms = site.session_gap_s * 1000 + 1
            found.sessions = {row["id"]: row["visitor_id"] for row in self.ask("clock_sessions", site, after_ms - gap_ms, until_ms - gap_ms)}
        for name, limit_s in sorted({(f"{rule.subject}.{name}", limit_s) for rule in rules for name, limit_s in ages(rule.conditions)}):
            subject, _, age = name.partition(".")
            span = (after_ms - limit_s * 1000, until_ms - limit_s * 1000)
            if subject == "cart":
                found.carts |= {row["id"] for row in self.ask("clock_carts", site, *span, field=age)}
            elif age == "last_order_age_s":
                found.customers |= {row["id"] for row in self.ask("clock_customers", site, *span)}
            else:
                rows = self.ask("clock_sessions", site, *span)
                found.sessions |= {row["id"]: row["visitor_id"] for row in rows if subject == "session"}
                found.customers |= {row["customer_id"] for row in rows if subject == "customer"} - {""}
        return found

    def ask(self, name: str, site: Site, after_ms: int, until_ms: int, **more: str) -> list[Row]:
        return self.store.rows(load("profiles.rules", name), site=site.name, after_ms=max(0, after_ms), until_ms=max(0, until_ms), **more)

    # Holding rules against profiles

    def hold(self, site: Site, rules: Sequence[Rule], touched: Touched) -> int:
        by_subject: dict[Subject, list[Candidate]] = {}
        customers = set(touched.customers)
        if subject_in(rules, "cart", "customer") and touched.carts:
            by_subject["cart"] = [each for some in batches(touched.carts) for each in candidates.of_carts(self.deps, site, some)]
        if subject_in(rules, "session", "customer") and touched.sessions:
            by_subject["session"] = [
                each for some in batches(touched.sessions)
                for each in candidates.of_sessions(self.deps, site, {name: touched.sessions[name] for name in some})
            ]  # fmt: skip
        if subject_in(rules, "customer"):
            customers |= {each.customer_id for found in by_subject.values() for each in found} - {""}
            by_subject["customer"] = candidates.of_customers(self.deps, site, sorted(customers))
        return sum(self.hold_one(site, rule, by_subject.get(rule.subject, ())) for rule in rules)

    def hold_one(self, site: Site, rule: Rule, found: Sequence[Candidate]) -> int:
        now_ms = self.deps.clock.now_ms()
        likely = [each for each in sorted(found, key=lambda each: each.base_ms) if match(site.name, rule, each, Memory(), now_ms)]
        if not likely:
            return 0
        memory = self.remembered(site, rule, likely, now_ms)
        matched: list[tuple[Match, Candidate]] = []
        for candidate in likely:
            made = match(site.name, rule, candidate, memory, now_ms)
            if made and not self.is_erased(made):
                memory.note(made)
                matched.append((made, candidate))
        if matched:
            self.undone = True  # until all is done
            acting.put(self.store, [made for made, _ in matched])
            self.act([(made, rule, candidate) for made, candidate in matched if made.acts], now_ms)
            self.undone = False
        return len(matched)

    def is_erased(self, made: Match) -> bool:
        """A person who was erased while we looked."""
        return any(self.erased.covers(made.site, visitor_id, made.customer_id, made.at_ms) for visitor_id in made.visitor_ids or ("",))

    def remembered(self, site: Site, rule: Rule, likely: Sequence[Candidate], now_ms: int) -> Memory:
        memory = Memory()
        per_customer = rule.once.per == "customer"
        asked = [match(site.name, rule, each, memory, now_ms) for each in likely]
        rows = self.store.rows(
            load("profiles.rules", "met"), site=site.name, rule_id=rule.rule_id, match_ids=[each.match_id for each in asked if each],
            customer_ids=sorted({each.customer_id for each in likely if per_customer} - {""}),
            visitor_ids=sorted({visitor for each in likely if per_customer for visitor in each.visitor_ids}),
        )  # fmt: skip
        for row in rows:
            memory.add(row)
        return memory

    def act(self, matched: Sequence[tuple[Match, Rule, Candidate]], now_ms: int) -> None:
        told = [(made, rule, candidate) for made, rule, candidate in matched if made.action == "webhook"]
        if told:
            outbox.put(self.store, [acting.message(made, rule, candidate.profile) for made, rule, candidate in told], now_ms)
            acting.put(self.store, [msgspec.structs.replace(made, done=True, version=made.version + 1) for made, *_ in told])
        if any(made.action == "offer" for made, *_ in matched):
            self.offers.changed()

    def do_undone(self, now_ms: int) -> None:
        """What a process before this one wrote and did not do: with the profile as it is now."""
        rows = self.store.rows(load("profiles.rules", "undone"), since_ms=now_ms - NEWS_MS)
        for made in (msgspec.convert(row, Match) for row in rows):
            site = self.deps.registry.sites().get(made.site)
            rule = keeping.one(self.store, made.site, made.rule_id) if site else None
            profile = candidates.one(self.deps, site, made.subject, made.subject_id, made.visitor_ids) if site and rule else None
            if rule and profile:
                self.act([(made, rule, profile)], now_ms)
            else:  # the rule or the profile is gone: there is nothing to tell
                acting.put(self.store, [msgspec.structs.replace(made, done=True, version=made.version + 1)])
        self.undone = len(rows) == UNDONE


UNDONE = 1000  # as in undone.sql


def ages(conditions: Conditions) -> set[tuple[str, int]]:
    """(field, seconds) at which an age begins to be enough."""
    return {
        (each.field.name, each.value[0] if each.operator == "between" else each.value)
        for each in conditions.each() if each.field.kind == "age_s" and each.operator != "at_most"
    }  # fmt: skip


def subject_in(rules: Sequence[Rule], *subjects: str) -> bool:
    return any(rule.subject in subjects for rule in rules)


def batches(names: Iterable[str]) -> Iterable[list[str]]:
    listed = sorted(names)
    return (listed[first : first + PAGE] for first in range(0, len(listed), PAGE))
