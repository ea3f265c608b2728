"""Profiles are a pure function of the set of events (DESIGN.md 3.1): any order, any repetition, any split, tick by tick or all anew.

Events come up to six hours late and up to five times, also under other visitors and with other contents. What must come out is what a world
without any copy gives (FAULTS.md, scenarios 26 to 28).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionizer.arrivals import Arrivals
from tests.faults.sizes import size
from tests.sessionizer.world import DAY, HOUR, MINUTE, Row, Visitor, World, shuffled
from tracker.sites import Site
from tracker.store import Store

ACTS: dict[str, Callable[[Visitor, int], Any]] = {
    "view": lambda v, n: v.view(f"/p/{n}"),
    "read": lambda v, n: v.read(n * 1000),
    "see": lambda v, n: v.see("product", f"X{n % 3}", seen_ms=n * 100, touches=n % 2),
    "look at": lambda v, n: v.act("product_view", items=[{"id": f"X{n % 3}", "name": f"name {n % 2}"}]),
    "search": lambda v, n: v.act("search", query=f"q{n % 2}"),
    "add": lambda v, n: v.add(f"X{n % 3}*{n % 2 + 1}@{n % 5}.5"),
    "remove": lambda v, n: v.remove(f"X{n % 3}"),
    "set": lambda v, n: v.set(f"X{n % 2}@3", f"X{n % 3}*2"),
    "check out": lambda v, n: v.checkout(n % 4),
    "order": lambda v, n: v.order(f"o-{n % 4}", *([f"X{n % 3}"] if n % 2 else []), value=f"{n}"),
    "log in": lambda v, n: v.log_in(f"c-{n % 2}", traits={"n": n % 3}),
    "log out": lambda v, n: v.log_out(),
    "consent": lambda v, n: v.act("consent", props={"state": "granted" if n % 2 else "denied", "purposes": ["marketing"]}),
    "order at the counter": lambda v, n: v.world.order_from_server(f"o-{n % 4}", customer_id=f"c-{n % 2}", value=f"{n}"),
    "cancel": lambda v, n: v.world.server("order_cancelled", order_id=f"o-{n % 4}", visitor_id=v.id),
}
Acts = list[tuple[int, str, int, int]]  # visitor, act, number, wait before it in ms
WAITS_MS = (0, 1000, 10 * MINUTE, 30 * MINUTE, 31 * MINUTE, 61 * MINUTE, DAY, 31 * DAY)
steps = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(ACTS)), st.integers(0, 9), st.sampled_from(WAITS_MS)), min_size=4, max_size=30)
IGNORED = ("version", "built_at", "content_hash", "session_id", "cart_id", "superseded_by", "site", "cart_ids", "marks", "day", "doc", "cart_moments")


def played(world: World, acts: Acts) -> list[Row]:
    visitors = [world.visitor(f"v{number}") for number in range(3)]
    for who, what, number, wait_ms in acts:
        world.clock.at_ms += wait_ms
        ACTS[what](visitors[who], number)
    world.clock.at_ms += MINUTE
    rows, world.rows = world.rows, []
    return rows


def copied(rows: list[Row], chance: random.Random) -> list[Row]:
    """The rows, some of them received hours late, and copies that differ."""
    late = [received(row, chance.choice((0, 0, HOUR, 6 * HOUR))) for row in rows]
    return late + [copy_that_differs(row, chance) for row in late for _ in range(chance.choice((0, 0, 0, 1, 2)))]


def copy_that_differs(row: Row, chance: random.Random) -> Row:
    """The same event once more, later or earlier, perhaps under another visitor, as another type, or with another time and page."""
    changes: list[Row] = [
        {"visitor_id": chance.choice(("v0", "v1", "another network"))},
        {"visitor_id": "", "customer_id": "c-1", "source": "server"},
        {"type": chance.choice(("page_view", "cart_add"))},
        {"at": f"{float(row['at']) - 7200:014.3f}", "url": "https://shop.example/copy"},
    ]
    return received(row | chance.choice(changes), chance.choice((MINUTE, 7 * HOUR, -100, -100)))


def received(row: Row, later_ms: int) -> Row:
    return row | {"received_at": f"{float(row['received_at']) + later_ms / 1000:014.3f}"}


def first_received(rows: list[Row]) -> list[Row]:
    """Each event once: the copy received first, then the smallest owner and type. Where even these are equal, the product decides."""
    first: dict[str, tuple[float, str, str]] = {}
    for row in rows:
        first[row["event_id"]] = min(standing(row), first.get(row["event_id"], standing(row)))
    return [row for row in rows if standing(row) == first[row["event_id"]]]


def standing(row: Row) -> tuple[float, str, str]:
    owner = "v:" + row["visitor_id"] if row["visitor_id"] else "c:" + row.get("customer_id", "")
    return float(row["received_at"]), owner, row["type"]


def documents(world: World) -> dict[str, list[Row]]:
    """Everything the tables hold, but for what is named after the site, and for versions."""
    found: dict[str, list[Row]] = {}
    sql = {
        "sessions": "SELECT * FROM sessions FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY visitor_id, started_at",
        "customers": "SELECT * FROM customers FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY customer_id",
        "visitors": "SELECT * FROM visitors FINAL WHERE site = {site:String} AND notEmpty(marks) ORDER BY visitor_id",
    }
    for table, query in sql.items():
        rows = world.store.rows(query, site=world.site.name)
        found[table] = [{name: value for name, value in row.items() if name not in IGNORED} for row in rows]
    found["carts"] = sorted(({n: v for n, v in cart.items() if n not in ("cart_id", "site")} for cart in world.carts()), key=repr)
    return found


def ids(world: World) -> tuple[list[str], list[str]]:
    return [row["session_id"] for row in world.sessions()], [cart["cart_id"] for cart in world.carts()]


@settings(max_examples=size(8, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=steps, seed=st.integers(0, 999))
def test_any_order_any_repetition_any_split_gives_the_same_profiles(store: Store, arrivals: Arrivals, acts: Acts, seed: int) -> None:
    clean, messy = (World(store, Site(name=f"shop-{uuid.uuid4().hex[:8]}", site_key="pk_x")) for _ in range(2))
    clean.sessionizer.arrivals = messy.sessionizer.arrivals = arrivals
    chance = random.Random(seed)
    rows = copied(played(clean, acts), chance)
    clean.clock.at_ms += 7 * HOUR
    messy.clock.at_ms = clean.clock.at_ms

    clean.send(first_received(rows))
    clean.sessionizer.rebuild(clean.site.name)

    late = shuffled([row | {"site": messy.site.name} for row in rows], seed)
    while late:
        part = [late.pop() for _ in range(min(len(late), chance.randint(1, len(rows))))]
        messy.send(part)
        messy.sessionizer.tick()

    assert documents(messy) == documents(clean)
    before = ids(messy)
    again = messy.sessionizer.rebuild(messy.site.name, chunks=2)
    assert (again.sessions_changed, again.sessions_gone, again.carts_changed, again.customers_changed) == (0, 0, 0, 0)
    assert ids(messy) == before
    for world in (clean, messy):
        store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)
