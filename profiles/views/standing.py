"""Where a customer stands and how we know them: the stages of the life cycle, the devices with their log-ins, as rows of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profiles import claims, corrections, lifecycle_log, readiness
from profiles.answers import Lifecycle, StageChange
from profiles.answers_people import Claim, Readiness
from profiles.views import phrases
from profiles.views.guard import Call
from profiles.views.people import life_of, stage
from profiles.views.words import NBSP, clean, day_name, moment, sentence
from tracker.clock import ms_of_iso
from tracker.store import Row

HOW = {"login": " by logging in", "signup": " by signing up", "checkout": " at the checkout", "link": " by a personal link"}


@dataclass(frozen=True, slots=True)
class StageRow:
    at_ms: int
    day: str
    stage: str
    because: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """`text` says when and because of what the browser was this customer's."""

    customer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DeviceRow:
    visitor_id: str
    device: str
    claims: list[ClaimRow]


def ready(call: Call, row: Row, carts: Sequence[Row], sessions: Sequence[Row]) -> Readiness:
    """`carts` and `sessions` are the customer's, as the pages ask for them."""
    aside = max((cart for cart in carts if cart["state"] in ("open", "abandoned")), key=lambda cart: cart["touched_ms"], default=None)
    put = readiness.Aside(aside["touched_ms"], aside["value"], aside["currency"]) if aside else None
    said = corrections.of_sessions(call.deps.store, call.shop, sessions)
    facts = readiness.Facts(life_of(row).orders_ms, put, readiness.visits(sessions, said), bool(row["visitor_ids"]))
    return readiness.readiness(facts, call.now_ms)


def percent(score: float) -> str:
    """12 %, 0.4 %."""
    return f"{score * 100:.{0 if score >= 0.0095 else 1}f}{NBSP}%"


def stages(call: Call, row: Row) -> list[StageRow]:
    """The latest first."""
    told = lifecycle_log.log(life_of(row), call.deps.rhythms.of(call.shop.name), call.now_ms)
    return [stage_row(call, change) for change in reversed(told)]


def stage_row(call: Call, change: StageChange) -> StageRow:
    at_ms = ms_of_iso(change.since)
    day = sentence(day_name(at_ms, call.now_ms, call.shop.timezone))
    return StageRow(at_ms, day, sentence(stage_name(change.stage)), clean(change.because))


def stage_name(name: str) -> str:
    return stage(Lifecycle(name, "", "derived", []))


def devices(call: Call, customer_id: str, visitor_ids: Sequence[str], sessions: Sequence[Row]) -> list[DeviceRow]:
    known = claims.by_visitor(call.deps.store, call.shop, visitor_ids)
    seen: Mapping[str, str] = {row["visitor_id"]: phrases.device(row) for row in reversed(sessions)}
    return [
        DeviceRow(visitor_id, seen.get(visitor_id, ""), claim_rows(call, claims.own(known.get(visitor_id, []), customer_id)))
        for visitor_id in visitor_ids
    ]


def claim_rows(call: Call, found: Sequence[Claim]) -> list[ClaimRow]:
    return [ClaimRow(claim.customer_id, claim_text(call, claim)) for claim in found]


def claim_text(call: Call, claim: Claim) -> str:
    """because identified 3 March 11:00 by logging in, until today 09:12; visits since 1 February 08:00 count too."""
    until = f", until {at(call, claim.until_at)}" if claim.until_at else ""
    before = f"; visits since {at(call, claim.from_at)} count too" if claim.from_at < claim.identified_at else ""
    return f"because identified {at(call, claim.identified_at)}{HOW.get(claim.how, '')}{until}{before}"


def at(call: Call, when: str) -> str:
    return moment(ms_of_iso(when), call.now_ms, call.shop.timezone)
