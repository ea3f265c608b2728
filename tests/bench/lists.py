"""Lists over 1 million carts: how long a count takes while somebody edits, and a pull of 100,000 rows, with its memory.

Carts are written as the sessionizer writes them: JSON rows, insert by insert, some in several versions; beside them sessions (some of robots),
browsers with their identifications, and 100,000 contacts of a running campaign. The list asks for state, age and value and uses every reason to
leave somebody out. Floors: one plain pass over the columns of the conditions, and a plain SELECT of the columns of as many rows.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import md5
from pathlib import Path
from typing import Any

from profiles import lists
from profiles.answers import encode
from profiles.conditions import Money, check
from profiles.lists.definition import REASONS
from tests.bench import history
from tests.bench.figures import Figures, Options
from tests.bench.servers import scratch
from tracker.clock import SystemClock, iso
from tracker.sites import Site
from tracker.store import Store, load

CARTS, CONTACTS, PULLED, ROWS_AN_INSERT = 1_000_000, 100_000, 100_000, 20_000
AGAIN = {7: 2, 31: 3, 101: 4}  # every seventh cart was written twice, and so on
STATES = ("open", *["abandoned"] * 4, "bought", "bought", "recovered", "emptied", "lost")
ROUNDS = 7
SITE = Site(name=history.SITE, site_key="pk_bench")
SCAN = """
SELECT count() FROM carts WHERE site = {site:String} AND NOT tombstone AND state = 'abandoned' AND currency = 'EUR' AND value >= 20
  AND toUnixTimestamp64Milli(touched_at) >= {since_ms:Int64}"""
SELECT = """
SELECT cart_id, customer_id, visitor_ids, state, stage, items_count, value, currency, marketing, item_ids, categories, doc,
       opened_at, touched_at, abandoned_at
FROM carts WHERE site = {site:String} AND state = 'abandoned' AND currency = 'EUR' AND value >= 20 LIMIT {limit:UInt32}"""


def run(options: Options) -> Figures:
    with scratch("lists") as folder:
        return history.in_own_process(measured, folder)


def measured(folder: Path) -> Figures:
    figures, now_ms = Figures(), SystemClock().now_ms()
    with history.opened(folder) as (store, _):
        fill(store, now_ms)
        wanted = asked()
        since_ms = now_ms - 60 * 86_400_000
        count_ms = median(lambda: lists.counted(store, SITE, wanted, now_ms))
        scan_ms = median(lambda: store.rows(SCAN, site=SITE.name, since_ms=since_ms))
        figures.set("count_ms", count_ms)
        counted = lists.counted(store, SITE, wanted, now_ms)
        figures.remark(f"{CARTS:,} carts in {parts(store)} parts; the list finds {counted.found:,} and leaves {counted.suppressed:,} of them out")
        figures.remark(f"a plain pass over the columns of the conditions: {scan_ms:.0f} ms; the count takes {count_ms / scan_ms:.1f} times as long")
        pull = pulled(store, wanted, now_ms)
        started = time.perf_counter()
        plain = len(store.rows(SELECT, site=SITE.name, limit=pull.rows))
        plain_s = time.perf_counter() - started
        figures.set("pull_s", pull.seconds)
        figures.set("rss_growth_mb", pull.growth_mb)
        figures.remark(f"{pull.rows:,} rows pulled as JSON, {pull.handed_out:,} of them not left out; their memory is counted from before the pull")
        figures.remark(f"{pull.later_rows:,} rows more of the same pull: at most {pull.later_mb:+.0f} MB beyond the most before; not above 0 is flat")
        figures.remark(f"a plain SELECT of {plain:,} rows: {plain_s:.2f} s; the pull takes {pull.seconds / plain_s:.1f} times as long")
    return figures


def asked() -> lists.Definition:
    conditions = [
        {"field": "state", "operator": "is", "value": "abandoned"}, {"field": "age_s", "operator": "at_most", "value": 60 * 86_400},
        {"field": "value", "operator": "at_least", "value": {"amount": 20, "currency": "EUR"}},
    ]  # fmt: skip
    suppression = lists.Suppression(frozenset(REASONS) - {"consent_unknown"}, 14, (Money(Decimal(25), "EUR"),))
    return lists.Definition("bench", check(conditions, "cart"), suppression, list_id="list_bench")


def median(work: Callable[[], Any]) -> float:
    """Milliseconds; the first round is for warming up."""
    work()
    return statistics.median(seconds(work) for _ in range(ROUNDS)) * 1000


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass(slots=True)
class Pull:
    """The first PULLED rows; `later` are all others of the list."""

    before_mb: float
    seconds: float = 0
    growth_mb: float = 0
    rows: int = 0
    handed_out: int = 0
    later_mb: float = 0
    later_rows: int = 0


def pulled(store: Store, wanted: lists.Definition, now_ms: int) -> Pull:
    """One page is read before, and let go of: what the first question costs is not a pull's."""
    next(lists.members(store, SITE, wanted, now_ms))
    pull, started, batches = Pull(rss_mb()), time.perf_counter(), lists.members(store, SITE, wanted, now_ms)
    for batch in batches:
        pull.rows += sum(len(encode(member)) > 0 for member in batch)
        pull.handed_out += sum(not member.suppressed for member in batch)
        pull.growth_mb = max(pull.growth_mb, rss_mb() - pull.before_mb)
        if pull.rows >= PULLED:
            break
    pull.seconds = time.perf_counter() - started
    most_mb = 0.0
    for batch in batches:
        pull.later_rows += sum(len(encode(member)) > 0 for member in batch)
        most_mb = max(most_mb, rss_mb() - pull.before_mb)
    pull.later_mb = most_mb - pull.growth_mb
    return pull


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def parts(store: Store) -> int:
    return int(store.rows("SELECT count() AS parts FROM system.parts WHERE active AND table = 'carts' AND database = currentDatabase()")[0]["parts"])


# --- filling -----------------------------------------------------------------------------------------------------------------


def fill(store: Store, now_ms: int) -> None:
    for name in ("lists_sessions", "lists_visitors"):
        for first in range(0, CARTS, history.STEP):
            store.command(load("tests.bench", name), site=SITE.name, first=first, count=history.STEP, now_ms=now_ms)
    store.command(load("tests.bench", "lists_contacts"), site=SITE.name, count=CONTACTS, now_ms=now_ms)
    pull = {"site": SITE.name, "program_id": "program", "pull_id": "pull", "attempt": "attempt", "pulled_at": now_ms // 1000}
    store.insert("pulls", json.dumps(pull).encode())
    running = {"site": SITE.name, "campaign_id": "campaign", "state": "running", "from_at": 1, "until_at": now_ms // 1000 + 86_400, "version": 1}
    store.insert("campaigns", json.dumps(running).encode())
    for first in range(0, CARTS, ROWS_AN_INSERT):
        store.insert("carts", b"\n".join(cart(number, 1, now_ms) for number in range(first, first + ROWS_AN_INSERT)))
    for every, version in AGAIN.items():
        again = list(again_of(every, version, now_ms))
        for first in range(0, len(again), ROWS_AN_INSERT):
            store.insert("carts", b"\n".join(again[first : first + ROWS_AN_INSERT]))


def again_of(every: int, version: int, now_ms: int) -> Iterator[bytes]:
    return (cart(number, version, now_ms) for number in range(0, CARTS, every))


def cart(number: int, version: int, now_ms: int) -> bytes:
    """As documents.cart_row makes it: one to three items of 500, spread over a month, two in five of known customers."""
    visitor, customer = history.visitor_id(number), f"c-{number % 300_000}" if number % 5 < 2 else ""
    lines = [line(number * (7 + each) % 500) for each in range(1 + number % 3)]
    value = round(sum(each["price"] for each in lines), 2)
    opened_ms, granted = now_ms - number * 2500, (True, None, None, False)[number % 4]
    state = STATES[(number * 2_654_435_761 >> 7) % 10]
    document = {
        "cart_id": cart_id(number), "site": SITE.name, "owner": {"customer_id": customer or None, "visitor_ids": [visitor]}, "state": state,
        "stage": ("cart", "checkout", "payment")[number % 3], "items": lines, "removed_items": [], "items_count": len(lines), "value": value,
        "currency": "EUR", "opened_at": iso(opened_ms), "touched_at": iso(opened_ms + 300_000), "abandoned_at": iso(opened_ms + 3_900_000),
        "abandonments": [{"at": iso(opened_ms + 3_900_000), "until": None, "ended_by": None}], "closed_at": None, "recovered": None,
        "consent": {"marketing": granted, "at": iso(opened_ms), "how": "tag"},
    }  # fmt: skip
    return json.dumps({
        "site": SITE.name, "cart_id": cart_id(number), "version": version, "content_hash": number, "built_at": now_ms / 1000, "customer_id": customer,
        "visitor_ids": [visitor], "state": state, "stage": document["stage"], "items_count": len(lines), "value": value, "currency": "EUR",
        "opened_at": opened_ms / 1000, "touched_at": opened_ms / 1000 + 300, "abandoned_at": opened_ms / 1000 + 3900, "doc": json.dumps(document),
        "item_ids": [each["id"] for each in lines], "categories": ["kitchen", "kitchen/coffee"], "marketing": granted,
        "item_bought_at": now_ms / 1000 - 5 * 86_400 if number % 20 == 3 else None,
    }).encode()  # fmt: skip


def line(number: int) -> dict[str, Any]:
    return {"id": f"X{number}", "name": f"Espresso machine, series {number}", "price": 9.9 + number % 90, "quantity": 1}


def cart_id(number: int) -> str:
    return md5(b"%d" % number, usedforsecurity=False).hexdigest()
