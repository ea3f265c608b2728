"""Coverage: what the tag saw of a site's pages, and what stands in its way, each with what to do about it.

in   events and ledger of the last seven days
out  a Coverage for the Install page; None where nothing was seen and nothing is wrong
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.views import ask
from profiles.views.guard import Call
from profiles.views.words import clean, count
from tracker.store import Row

DAYS = 7

# outcome, reason -> (one, many, what it is, what to do about it)
TROUBLES: dict[tuple[str, str], tuple[str, str, str, str]] = {
    ("noted", "second_tag"): (
        "page load", "page loads", "The tag is in the page twice",
        "Take one of the two out; often one stands in the theme and one in the tag manager. The second does nothing: your figures are right.",
    ),
    ("noted", "price_differs"): (
        "page load", "page loads", "Two prices for the same product",
        "The price in data-track-price and the one in your schema.org markup differ. The tagged one counts here; search engines see the other.",
    ),
    ("noted", "dropped"): (
        "event", "events", "Given up by the tag’s guard",
        "A page told more than a person can do, or could send nothing for long. Look for a loop that calls tracker(…): data-debug shows it.",
    ),
    ("noted", "beacon_refused"): (
        "time", "times", "Not taken by the browser when the page was left",
        "The browser had too much to send already. A few are normal; if they are many, other scripts of the page send a lot when it is left.",
    ),
    ("noted", "send_failed"): (
        "time", "times", "No answer to three tries in a row",
        "An ad blocker, or a network that stops this address. Serve the tag from a path of your own shop: “A path of your own” in docs/tag.md.",
    ),
    ("refused", "origin_refused"): (
        "event", "events", "Sent from an address that is not this site’s",
        "If it is yours, as of a test shop, add it with tracker site set --origin. If not, somebody copied your line: nothing to do.",
    ),
    ("refused", "secret_key"): (
        "event", "events", "Sent with a secret key",
        "A page holds a key that begins with sk_. Put the line above in its place, and revoke that key.",
    ),
    ("refused", "spool_full"): (
        "event", "events", "The disk of the tracker was full",
        "Whoever runs the tracker makes room, or finds out why the database is behind. Tags send such events again.",
    ),
    ("refused", "busy"): ("event", "events", "The tracker was busy", "Tags send such events again. If it lasts, the tracker needs a larger machine."),
    ("refused", "too_many_events"): (
        "event", "events", "More at once than this site may send",
        "Tags send them again, later. If it lasts, whoever runs the tracker raises TRACKER_SITE_EVENTS_PER_S; a single batch may hold 500 events.",
    ),
    ("refused", "consent_missing"): (
        "event", "events", "Said who it is without consent",
        "Call tracker('identify', …) after tracker('consent', 'granted'). Nobody is identified before.",
    ),
}  # fmt: skip
OTHER = (
    "event", "events", "Refused: {reason}",
    "Open your pages with data-debug: the browser’s console says which event it is, and why. docs/api.md lists the reasons.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong; `what` is a name, `cure` a sentence or two."""

    what: str
    many: str
    cure: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Pages of the last days: with a product view, with products in a list only, with neither. And what is wrong."""

    pages: int
    product_pages: int
    list_pages: int
    other_pages: int
    troubles: list[Trouble]
    days: int = DAYS

    def share(self, pages: int) -> str:
        """22 %, less than 1 %."""
        percent = 100 * pages / self.pages if self.pages else 0
        return "less than 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def coverage(call: Call) -> Coverage | None:
    from_ms = call.now_ms - DAYS * ask.DAY_MS
    seen = ask.rows(call, "page_coverage", from_ms=from_ms)[0]
    troubles = [trouble(row) for row in ask.rows(call, "page_ledger", from_ms=from_ms)]
    if not seen["pages"] and not troubles:
        return None
    products = min(seen["product_pages"], seen["pages"])  # a page whose view is older than the stretch
    shown = min(max(seen["shown_pages"], products), seen["pages"])
    return Coverage(seen["pages"], products, shown - products, seen["pages"] - shown, troubles)


def trouble(row: Row) -> Trouble:
    one, many, what, cure = TROUBLES.get((row["outcome"], row["reason"]), OTHER)
    reason = clean(row["reason"], 60).replace("_", " ")
    return Trouble(what.format(reason=reason), count(row["events"], one, many), cure)
