"""As whom a browser was known, when, and because of what (docs/sessions.md).

in   table `visitors`: claims as the fold over identify and logout tells them
out  Claims; the devices of a customer, each with its claims
"""

from __future__ import annotations

from collections.abc import Sequence

from profiles.answers_people import Claim, CustomerVisitor
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, Store, load

FOREVER_MS = 4_000_000_000_000  # an `until_at` beyond this means: still
COLUMNS = ("customer_id", "from_ms", "until_ms", "identified_ms", "how")


def claims_of(row: Row) -> list[Claim]:
    return [
        Claim(customer_id, iso(from_ms), None if until_ms >= FOREVER_MS else iso(until_ms), iso(identified_ms), how, because(iso(identified_ms), how))
        for customer_id, from_ms, until_ms, identified_ms, how in zip(*(row[f"claims_{name}"] for name in COLUMNS), strict=True)
    ]


def because(when: str, how: str) -> str:
    return f"identified at {when}" + ("" if how == "other" else f" by {how}")


def by_visitor(store: Store, site: Site, visitor_ids: Sequence[str]) -> dict[str, list[Claim]]:
    if not visitor_ids:
        return {}
    rows = store.rows(load("profiles", "visitor_claims"), site=site.name, visitor_ids=list(visitor_ids))
    return {row["visitor_id"]: claims_of(row) for row in rows}


def devices(store: Store, site: Site, customer_id: str, visitor_ids: Sequence[str], visits: Sequence[Row]) -> list[CustomerVisitor]:
    """`visits` are rows of visitor_sessions.sql."""
    claims, came = by_visitor(store, site, visitor_ids), {visit["visitor_id"]: visit for visit in visits}
    return [device(visitor_id, came.get(visitor_id), own(claims.get(visitor_id, []), customer_id)) for visitor_id in visitor_ids]


def own(claims: Sequence[Claim], customer_id: str) -> list[Claim]:
    return [claim for claim in claims if claim.customer_id == customer_id]


def device(visitor_id: str, came: Row | None, claims: list[Claim]) -> CustomerVisitor:
    if came is None:
        return CustomerVisitor(visitor_id, None, None, 0, claims)
    return CustomerVisitor(visitor_id, iso(came["first_ms"]), iso(came["last_ms"]), came["sessions"], claims)
