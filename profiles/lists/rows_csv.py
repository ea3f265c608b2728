"""Members as CSV: a line each, streamed, those who are left out too, with the reason; written as carts_csv.py does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from profiles.carts_csv import line, safe, shown
from profiles.lists.answers import Member

COLUMNS = (
    "subject", "id", "customer_id", "visitor_ids", "state", "stage", "lifecycle", "items", "value", "currency", "at", "abandoned_at",
    "consent_marketing", "consent_at", "consent_how", "identified_how", "why", "suppressed",
)  # fmt: skip


def lines(batches: Iterable[list[Member]]) -> Iterator[bytes]:
    yield line(COLUMNS)
    for batch in batches:
        yield b"".join(line(cells(member)) for member in batch)


def cells(member: Member) -> tuple[str, ...]:
    """In the order of COLUMNS; no text can be taken for a formula."""
    consent = member.consent
    return (
        member.subject, safe(member.id), safe(member.customer_id or ""), safe(" ".join(member.visitor_ids)), member.state or "", member.stage or "",
        member.lifecycle or "", safe("; ".join(shown(item) for item in member.items)), "" if member.value is None else f"{member.value:f}",
        safe(member.currency or ""), member.at or "", member.abandoned_at or "", {True: "yes", False: "no", None: ""}[consent.marketing],
        consent.at or "", safe(consent.how or ""), safe(member.identified_how or ""), safe("; ".join(member.why)), " ".join(member.suppressed),
    )  # fmt: skip
