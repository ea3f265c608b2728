"""Profiles as a rule sees them: facts, whom they are about, and why nothing should be done.

in   ids of carts, sessions or customers that changed, or whose time has come
out  Candidate, as the profile is now
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from profiles import carts, customers, lifecycle, sessions
from profiles.answers import Cart, SessionProfile
from profiles.answers_people import CustomerProfile
from profiles.conditions import Facts, Subject, facts_of_cart, facts_of_customer, facts_of_session
from profiles.deps import Deps
from tracker.clock import ms_of_iso
from tracker.cookieless import is_cookieless
from tracker.sites import Site
from tracker.store import Row, load


@dataclass(frozen=True, slots=True)
class Candidate:
    """`base_ms` is when its profile last changed by what somebody did. `spell`: the stretch in which a cart is open, or abandoned."""

    subject: Subject
    subject_id: str
    facts: Facts
    base_ms: int
    customer_id: str
    visitor_ids: tuple[str, ...]
    suppressed: tuple[str, ...]
    profile: Cart | SessionProfile | CustomerProfile
    spell: str = ""

    @property
    def person(self) -> str:
        """Whom a test divides and a contact is counted by (profiles/campaigns)."""
        return f"c:{self.customer_id}" if self.customer_id else f"v:{min(self.visitor_ids, default='')}"


# --- carts -------------------------------------------------------------------------------------------------------------------


def of_carts(deps: Deps, site: Site, cart_ids: Sequence[str]) -> list[Candidate]:
    now_ms = deps.clock.now_ms()
    rows = carts.by_ids(deps.store, site, cart_ids)
    told = carts.carts(deps.store, site, rows, now_ms)
    found = deps.store.rows(load("profiles.rules", "cart_categories"), site=site.name, cart_ids=list(cart_ids)) if rows else []
    categories = {row["cart_id"]: row["categories"] for row in found}
    stages = stages_of(deps, site, (cart.owner.customer_id or "" for cart in told), now_ms)
    return [of_cart(cart, now_ms, categories.get(cart.cart_id, ()), stages.get(cart.owner.customer_id or "")) for cart in told]


def of_cart(cart: Cart, now_ms: int, categories: Iterable[str] = (), stage: str | None = None) -> Candidate:
    moments = [cart.touched_at, cart.abandoned_at if cart.state == "abandoned" else None, cart.closed_at]
    return Candidate(
        "cart", cart.cart_id, facts_of_cart(cart, now_ms, categories=categories, lifecycle=stage),
        max(ms_of_iso(at) for at in moments if at), cart.owner.customer_id or "", tuple(cart.owner.visitor_ids), tuple(cart.suppressed), cart,
        spell_of(cart),
    )  # fmt: skip


def spell_of(cart: Cart) -> str:
    """By the moment it began, so that a late event that changes nothing about it begins no new one."""
    if cart.state == "abandoned" and cart.abandoned_at:
        return cart.abandoned_at
    ended = [spell.until for spell in cart.abandonments if spell.until]
    return f"{cart.state} {max(ended, default=cart.opened_at)}"


# --- sessions ----------------------------------------------------------------------------------------------------------------


def of_sessions(deps: Deps, site: Site, ids: Mapping[str, str]) -> list[Candidate]:
    """`ids`: session -> its visitor."""
    stored = sessions.read(deps.store, site, visitor_ids=sorted(set(ids.values())), session_ids=sorted(ids)) if ids else []
    rows = [row for row in sessions.latest(stored, "session_id") if not row["tombstone"]]
    refused = refusals(deps, site, rows)
    now_ms = deps.clock.now_ms()
    return [of_session(profile, now_ms, row["session_id"] in refused) for row, profile in zip(rows, sessions.profiles(deps, site, rows), strict=True)]


def of_session(session: SessionProfile, now_ms: int, refused: bool) -> Candidate:
    suppressed = (["no_consent"] if refused or session.visitor.cookieless else []) + (["quarantined"] if session.quarantine else [])
    return Candidate(
        "session", session.session_id, facts_of_session(session, now_ms), ms_of_iso(session.ended_at), session.visitor.customer_id or "",
        (session.visitor.visitor_id,), tuple(suppressed), session,
    )  # fmt: skip


def refusals(deps: Deps, site: Site, rows: Sequence[Row]) -> set[str]:
    """The sessions of people who do not want to be written to."""
    by_customer = refusing(deps, site, {row["customer_id"] for row in rows} - {""})
    anonymous = sorted({f"v:{row['visitor_id']}" for row in rows if not row["customer_id"]})
    said = deps.store.rows(load("profiles.rules", "consents"), site=site.name, owners=anonymous) if anonymous else []
    by_visitor = {row["visitor_id"] for row in said if row["refused"]}
    return {row["session_id"] for row in rows if (row["customer_id"] in by_customer if row["customer_id"] else row["visitor_id"] in by_visitor)}


def refusing(deps: Deps, site: Site, customer_ids: Iterable[str]) -> set[str]:
    wanted = sorted(customer_ids)
    rows = deps.store.rows(load("profiles.rules", "customer_consents"), site=site.name, customer_ids=wanted) if wanted else []
    return {row["customer_id"] for row in rows if refuses(msgspec.json.decode(row["consent"] or "{}"))}


def refuses(consent: Mapping[str, Any]) -> bool:
    """Who refused to be observed, and said nothing about marketing after that, refused this as well (sessionizer/people.py)."""
    said, observed = consent.get("marketing"), consent.get("tracking")
    if observed and not observed["granted"] and not (said and said["at"] > observed["at"]):
        return True
    return said is not None and not said["granted"]


# --- customers ---------------------------------------------------------------------------------------------------------------


def of_customers(deps: Deps, site: Site, customer_ids: Iterable[str]) -> list[Candidate]:
    profiles = [customers.customer(deps, site, customer_id) for customer_id in customer_ids]
    return [of_customer(profile, deps.clock.now_ms()) for profile in profiles if profile]


def of_customer(customer: CustomerProfile, now_ms: int) -> Candidate:
    visitor_ids = tuple(visitor.visitor_id for visitor in customer.visitors if not is_cookieless(visitor.visitor_id))
    suppressed = ("no_consent",) if refuses(customer.consent) else ()
    facts = facts_of_customer(customer, now_ms)
    return Candidate("customer", customer.customer_id, facts, now_ms, customer.customer_id, visitor_ids, suppressed, customer)


def stages_of(deps: Deps, site: Site, customer_ids: Iterable[str], now_ms: int) -> dict[str, str]:
    lives = sessions.lives(deps.store, site, customer_ids)
    rhythm = deps.rhythms.of(site.name) if lives else None
    return {name: lifecycle.lifecycle(life, rhythm, now_ms).stage for name, life in lives.items() if rhythm}


def one(deps: Deps, site: Site, subject: str, subject_id: str, visitor_ids: Sequence[str]) -> Candidate | None:
    """None where it exists no longer."""
    if subject == "cart":
        found = of_carts(deps, site, [subject_id])
    elif subject == "session":
        found = of_sessions(deps, site, {subject_id: visitor_ids[0]}) if visitor_ids else []
    else:
        found = of_customers(deps, site, [subject_id])
    return next(iter(found), None)
