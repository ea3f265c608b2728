"""The cart list as CSV: one line per cart, streamed, and safe to open in a spreadsheet.

in   pages of carts
out  RFC 4180 text, UTF-8. A text that a spreadsheet would take for a formula gets a ' in front; columns of numbers and times are left as they are
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from profiles.answers import Cart, Item

COLUMNS = (
    "cart_id", "state", "stage", "customer_id", "visitor_ids", "items_count", "value", "currency", "items", "opened_at", "touched_at", "abandoned_at",
    "closed_at", "consent_marketing", "suppressed", "channel", "campaign", "session_ids", "version",
)  # fmt: skip
WEIGHT = re.compile(r"[01](\.\d{0,3})?")
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, and the full-width twins that some spreadsheets take as well


def wants_csv(accept: str) -> bool:
    """Whether a request's Accept asks for CSV before JSON: by its q, of equal ones by which comes first."""
    wishes = {kind: (weight, -place) for place, (kind, weight) in enumerate(map(wish, accept.split(","))) if weight > 0}
    return "text/csv" in wishes and wishes["text/csv"] > wishes.get("application/json", (0.0, 0))


def wish(text: str) -> tuple[str, float]:
    """text/csv;q=0.5 -> ("text/csv", 0.5); what is no weight counts as none given."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((each[2:].strip() for each in parameters if each.startswith("q=")), "1")
    return kind, float(weight) if WEIGHT.fullmatch(weight) else 1.0


def lines(pages: Iterable[list[Cart]]) -> Iterator[bytes]:
    yield line(COLUMNS)
    for page in pages:
        yield b"".join(line(cells(cart)) for cart in page)


def cells(cart: Cart) -> tuple[str, ...]:
    """In the order of COLUMNS."""
    source = cart.source
    return (
        safe(cart.cart_id), cart.state, cart.stage, safe(cart.owner.customer_id or ""), safe(" ".join(cart.owner.visitor_ids)),
        f"{cart.items_count:f}", f"{cart.value:f}", safe(cart.currency or ""), safe("; ".join(shown(item) for item in cart.items)),
        cart.opened_at, cart.touched_at, cart.abandoned_at or "", cart.closed_at or "",
        {True: "yes", False: "no", None: ""}[cart.consent.marketing], " ".join(cart.suppressed),
        safe((source and source.channel) or ""), safe((source and source.campaign) or ""), safe(" ".join(cart.session_ids)), str(cart.version),
    )  # fmt: skip


def shown(item: Item) -> str:
    """2 x X1 Espresso X1"""
    return f"{item.quantity:f} x {item.id} {item.name or ''}".rstrip()


def safe(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(RISKY) else text


def line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell.replace("\0", "") for cell in cells])
    return out.getvalue().encode("utf-8", "replace")
