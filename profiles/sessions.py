"""Sessions: asked of the database, told as session profiles.

in   table `sessions` (and `customers` for the life cycle)
out  SessionProfile, lists of them, the events of one
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from profiles import answers, corrections, evidence, lifecycle
from profiles.answers import SessionProfile, known, number
from profiles.claims import because
from profiles.deps import Deps
from profiles.params import FAR_MS, cursor_of
from tracker.clock import iso
from tracker.cookieless import is_cookieless
from tracker.sites import Site
from tracker.store import Row, Store, load

DAY_MS = 86_400_000
HEAVY = 2000  # rows of one visitor, above which its lists are asked for page by page
ANY = 1_000_000
_doc = msgspec.json.Decoder(Row, float_hook=Decimal)  # money stays exact
WINDOWS_MS = (2 * DAY_MS, 31 * DAY_MS, 366 * DAY_MS)  # how far back a list looks at first; most are full long before the last one


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions; '' = any. Times are ms."""

    visitor_id: str = ""
    customer_id: str = ""
    purpose: str = ""
    status: str = ""
    from_ms: int = 0
    to_ms: int = FAR_MS
    cursor: tuple[int, str] = (FAR_MS, "")
    limit: int = 50

    def parameters(self, site: Site, now_ms: int) -> dict[str, Any]:
        ended_ms = now_ms - site.session_gap_s * 1000
        return {
            "site": site.name, "visitor_id": self.visitor_id, "customer_id": self.customer_id, "purpose": self.purpose,
            "open_since_ms": ended_ms if self.status == "open" else 0, "closed_before_ms": ended_ms if self.status == "closed" else FAR_MS,
            "from_ms": self.from_ms, "to_ms": self.to_ms, "cursor_ms": self.cursor[0], "cursor_id": self.cursor[1], "limit": self.limit,
        }  # fmt: skip

    def matches(self, row: Row, site: Site, now_ms: int) -> bool:
        """The same question as session_keys.sql asks, put to the latest version."""
        return (
            not row["tombstone"]
            and self.visitor_id in ("", row["visitor_id"])
            and self.customer_id in ("", row["customer_id"])
            and self.purpose in ("", row["purpose"])
            and self.status in ("", status(row, site, now_ms))
            and self.from_ms <= row["started_ms"] < self.to_ms
            and place(row) < self.cursor
        )


# --- asking ------------------------------------------------------------------------------------------------------------------


def listed(store: Store, site: Site, wanted: Wanted, now_ms: int) -> tuple[list[Row], str | None]:
    """One page, newest first, and the cursor of the next one."""
    asked = replace(wanted, limit=wanted.limit + 1)
    rows = of_visitors(store, site, asked, now_ms, [wanted.visitor_id]) if wanted.visitor_id else newest(store, site, asked, now_ms)
    if len(rows) <= wanted.limit:
        return rows, None
    return rows[: wanted.limit], cursor_of(*place(rows[wanted.limit - 1]))


def place(row: Row) -> tuple[int, str]:
    """Where the session stands in a list."""
    return row["started_ms"], row["session_id"]


def of_visitors(store: Store, site: Site, wanted: Wanted, now_ms: int, visitor_ids: Sequence[str]) -> list[Row]:
    """All sessions of a few visitors lie together: no need to ask for keys first, unless there are very many."""
    if not visitor_ids:
        return []
    limit = max(HEAVY, wanted.limit)
    stored = read(store, site, visitor_ids=list(visitor_ids), limit=limit)
    if len(stored) == HEAVY and len(visitor_ids) == 1:
        return newest(store, site, replace(wanted, visitor_id=visitor_ids[0]), now_ms)
    return picked(stored, site, wanted, now_ms)


def newest(store: Store, site: Site, wanted: Wanted, now_ms: int) -> list[Row]:
    """Window by window into the past until the page is full: a busy site is answered from its last two days."""
    found: list[Row] = []
    upper_ms = min(wanted.to_ms, wanted.cursor[0] + 1)
    for window_ms in (*WINDOWS_MS, FAR_MS):
        lower_ms = max(0, wanted.from_ms, min(upper_ms, now_ms) - window_ms)
        found += within(store, site, replace(wanted, from_ms=lower_ms, to_ms=upper_ms, limit=wanted.limit - len(found)), now_ms)
        if len(found) >= wanted.limit or lower_ms <= wanted.from_ms:
            break
        upper_ms = lower_ms
    return found


def within(store: Store, site: Site, wanted: Wanted, now_ms: int) -> list[Row]:
    """The newest of one window of time; asks again while stale versions fill the answer."""
    found: list[Row] = []
    while True:
        asked = replace(wanted, limit=wanted.limit - len(found))
        keys = store.rows(load("profiles", "session_keys"), **asked.parameters(site, now_ms))
        found += by_keys(store, site, asked, now_ms, keys)
        if len(keys) < asked.limit or len(found) >= wanted.limit:
            return found
        wanted = replace(wanted, cursor=place(keys[-1]))


def by_keys(store: Store, site: Site, wanted: Wanted, now_ms: int, keys: Sequence[Row]) -> list[Row]:
    if not keys:
        return []
    stored = read(store, site, visitor_ids=sorted({key["visitor_id"] for key in keys}), session_ids=[key["session_id"] for key in keys])
    return picked(stored, site, wanted, now_ms)


def read(store: Store, site: Site, *, visitor_ids: Sequence[str] = (), session_ids: Sequence[str] = (), limit: int = ANY) -> list[Row]:
    asked = {"visitor_ids": list(visitor_ids), "session_ids": list(session_ids), "limit": limit}
    rows = store.rows(load("profiles", "session_rows"), site=site.name, **asked)
    return [_doc.decode(row["doc"]) | {"identified_ms": row["identified_ms"]} for row in rows]


def picked(stored: Sequence[Row], site: Site, wanted: Wanted, now_ms: int) -> list[Row]:
    matching = [row for row in latest(stored, "session_id") if wanted.matches(row, site, now_ms)]
    return sorted(matching, key=place, reverse=True)[: wanted.limit]


def latest(stored: Sequence[Row], name: str) -> list[Row]:
    """The highest version of each; what FINAL would say."""
    found: dict[str, Row] = {}
    for row in stored:
        if row[name] not in found or row["version"] > found[row[name]]["version"]:
            found[row[name]] = row
    return list(found.values())


def one(store: Store, site: Site, session_id: str) -> Row | None:
    """The latest word on it; a tombstone too."""
    stored = read(store, site, session_ids=[session_id])
    return next(iter(latest(stored, "session_id")), None)


def events_of(store: Store, site: Site, row: Row) -> list[Row]:
    return store.rows(
        load("profiles", "session_events"), site=site.name, visitor_id=row["visitor_id"], session_id=row["session_id"],
        customer_id=row["customer_id"], started_ms=row["started_ms"], ended_ms=row["ended_ms"],
    )  # fmt: skip


def lives(store: Store, site: Site, customer_ids: Iterable[str]) -> dict[str, lifecycle.Life]:
    wanted = sorted(set(customer_ids) - {""})
    if not wanted:
        return {}
    rows = store.rows(load("profiles", "customer_lives"), site=site.name, customer_ids=wanted)
    return {row["customer_id"]: life(row) for row in rows}


def life(row: Row) -> lifecycle.Life:
    orders = zip(row["orders_at_ms"], row["orders_status"], strict=True)
    kept = sorted(at for at, status in orders if status != "cancelled")
    return lifecycle.Life(row["registered_ms"], kept, row["lifecycle"], row["lifecycle_ms"])


# --- telling -----------------------------------------------------------------------------------------------------------------


def profiles(deps: Deps, site: Site, rows: Sequence[Row]) -> list[SessionProfile]:
    known_lives = lives(deps.store, site, (row["customer_id"] for row in rows))
    rhythm = deps.rhythms.of(site.name) if known_lives else None
    now_ms = deps.clock.now_ms()
    said = corrections.of_sessions(deps.store, site, rows)
    told = []
    for row in rows:
        its_life = known_lives.get(row["customer_id"])
        stage = lifecycle.lifecycle(its_life, rhythm, row["ended_ms"]) if its_life and rhythm else None
        told.append(profile(row, site, now_ms, stage, said.get(row["session_id"])))
    return told


def status(row: Row, site: Site, now_ms: int) -> Any:
    return "open" if now_ms - row["ended_ms"] <= site.session_gap_s * 1000 else "closed"


def profile(row: Row, site: Site, now_ms: int, stage: answers.Lifecycle | None, said: answers.Corrected | None) -> SessionProfile:
    return SessionProfile(
        session_id=row["session_id"], site=site.name, version=row["version"], status=status(row, site, now_ms), built_at=iso(row["built_ms"]),
        visitor=visitor(row, stage), purpose=purpose(row, said),
        products_viewed=[answers.ProductViewed(**named(product, "name", "category")) for product in row["products"]],
        content=[answers.ContentSeen(**named(content, "name")) for content in row["content"]],
        cart=cart(row), purchases=[purchase(order, at_ms) for order, at_ms in zip(row["purchases"], row["purchases_at_ms"], strict=True)],
        started_at=iso(row["started_ms"]), ended_at=iso(row["ended_ms"]),
        duration_s=(row["ended_ms"] - row["started_ms"]) / 1000, engaged_s=row["engaged_ms"] / 1000,
        page_views=row["page_views"], searches=row["searches"], entry_url=known(row["entry_url"]), exit_url=known(row["exit_url"]),
        source=source(row), device=answers.Device(row["device_type"] or "unknown", known(row["browser"]), known(row["os"])),
        quarantine=answers.Quarantine(row["quarantine_reason"], known(row["bot_class"])) if row["quarantine_reason"] else None,
    )  # fmt: skip


def named(row: Row, *texts: str) -> Row:
    """The row with '' as null where a text is not known."""
    return row | {name: known(row[name]) for name in texts}


def visitor(row: Row, stage: answers.Lifecycle | None) -> answers.SessionVisitor:
    is_registered = bool(row["customer_id"])
    why = because(iso(row["identified_ms"]), row["identified_how"]) if row["identified_ms"] else None
    return answers.SessionVisitor(
        row["visitor_id"], "registered" if is_registered else "anonymous", known(row["customer_id"]), stage, is_cookieless(row["visitor_id"]), why
    )


def purpose(row: Row, said: answers.Corrected | None) -> answers.Purpose:
    scores = {label: round(float(row[f"score_{label}"]), 4) for label in ("information", "browsing", "purchase")}
    label: Any = row["purpose"] or "information"
    return answers.Purpose(label, scores[label], answers.Scores(**scores), evidence.purpose(row), row["purpose_model"], said)


def cart(row: Row) -> answers.SessionCart | None:
    if not (row["cart_id"] or row["cart_added"] or row["cart_removed"]):
        return None
    count = sum((item["quantity"] for item in row["cart_items"]), start=Decimal(0))
    return answers.SessionCart(
        known(row["cart_id"]), [item(line) for line in row["cart_items"]], number(count), number(row["cart_value"]),
        known(row["cart_currency"]), number(row["cart_added"]), number(row["cart_removed"]),
    )  # fmt: skip


def item(line: Row) -> answers.Item:
    price = line["price"]
    return answers.Item(line["id"], known(line["name"]), None if price is None else number(price), number(line["quantity"]))


def purchase(order: Row, at_ms: int) -> answers.Purchase:
    return answers.Purchase(order["order_id"], number(order["value"]), known(order["currency"]), [item(line) for line in order["items"]], iso(at_ms))


def source(row: Row) -> answers.Source:
    return answers.Source(known(row["channel"]), known(row["campaign"]), known(row["medium"]), known(row["referrer"]))
