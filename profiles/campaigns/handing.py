"""What is handed out of a pull: JSON pages and a CSV of all of it, both from what was frozen.

in   a pull, its rows
out  answers; CSV as carts_csv.py writes it: a text that a spreadsheet would take for a formula gets a ' in front
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from profiles.answers import CartConsent, Item
from profiles.campaigns import pulls
from profiles.campaigns.answers import FrozenRow, FrozenRows, Pull, Retraction, Retractions
from profiles.carts_csv import line, safe, shown
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, Store, load

COLUMNS = (
    "row", "response_code", "cell", "customer_id", "visitor_ids", "subject", "id", "state", "stage", "lifecycle", "items", "value", "currency", "at",
    "abandoned_at", "consent_marketing", "consent_at", "consent_how", "identified_how", "why",
)  # fmt: skip


class Kept(msgspec.Struct):
    """A member as any version of this program froze it."""

    subject: str
    id: str
    customer_id: str | None = None
    visitor_ids: list[str] = []
    state: str | None = None
    stage: str | None = None
    lifecycle: str | None = None
    items: list[Item] = []
    value: Decimal | None = None
    currency: str | None = None
    at: str | None = None
    abandoned_at: str | None = None
    consent: CartConsent | None = None
    identified_how: str | None = None
    why: list[str] = []


kept = msgspec.json.Decoder(Kept).decode


def pull_of(row: Row) -> Pull:
    return Pull(
        row["pull_id"], row["program_id"], row["campaign_id"], row["list_id"], row["list_version"], iso(row["pulled_ms"]), row["by"], row["found"],
        row["suppressed"], row["handed_out"], row["held_out"],
    )  # fmt: skip


def page(pull: Row, rows: Sequence[Row], limit: int) -> tuple[FrozenRows, int]:
    """`rows` one more than `limit`, where there are; and the last row of this page, 0 = it is the last page."""
    told = [frozen(row) for row in rows[:limit]]
    return FrozenRows(pull_of(pull), told, None), told[-1].row if len(rows) > limit else 0


def frozen(row: Row) -> FrozenRow:
    return FrozenRow(row["row"], row["cell"], row["response_code"], msgspec.Raw(row["doc"].encode()))


# --- CSV ---------------------------------------------------------------------------------------------------------------------


def csv_lines(store: Store, site: Site, pull: Row) -> Iterator[bytes]:
    yield line(COLUMNS)
    for rows in pulls.pages(store, site, pull):
        yield b"".join(line(cells(row, kept(row["doc"]))) for row in rows)


def cells(row: Row, member: Kept) -> Iterable[str]:
    """In the order of COLUMNS."""
    consent = member.consent or CartConsent(None, None, None)
    value = "" if member.value is None else f"{member.value:f}"
    return (
        str(row["row"]), row["response_code"], safe(row["cell"]), safe(member.customer_id or ""), safe(" ".join(member.visitor_ids)), member.subject,
        safe(member.id), member.state or "", member.stage or "", member.lifecycle or "", safe("; ".join(shown(item) for item in member.items)),
        value, safe(member.currency or ""), member.at or "", member.abandoned_at or "", {True: "yes", False: "no", None: ""}[consent.marketing],
        consent.at or "", consent.how or "", member.identified_how or "", safe("; ".join(member.why)),
    )  # fmt: skip


# --- taken back --------------------------------------------------------------------------------------------------------------


def retractions(store: Store, site: Site, pull: Row) -> Retractions:
    where: dict[str, Any] = {"program_id": pull["program_id"], "pull_id": pull["pull_id"], "attempt": pull["attempt"]}
    rows = store.rows(load("profiles.campaigns", "retractions"), site=site.name, **where)
    told = [Retraction(row["row"], row["cart_id"], row["customer_id"] or None, row["visitor_ids"], iso(row["at_ms"]), row["why"]) for row in rows]
    return Retractions(pull["pull_id"], told, None)
