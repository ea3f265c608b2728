"""Profiles are a pure function of the set of events (docs/sessions.md): any order, any repetition, any split, tick by tick or all anew.

Events come late, up to five times, also under other visitors and with other contents; in between the time goes on, the sessionizer is started
anew, and the database goes away in the middle of a tick. What must come out is what a world without any copy gives when it is added up at once
(docs/guarantees.md, no. 26 to 28), and what the oracle says.
"""

from __future__ import annotations

import json
import random
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.sizes import size
from tests.sessionizer.batches import NOW_MS, Batch, batches
from tests.sessionizer.oracle.events import ms
from tests.sessionizer.world import DAY, HOUR, MINUTE, Row, World
from tests.sessionizer.worlds import shuffled
from tracker.errors import StoreDown
from tracker.store import Store

IGNORED = ("version", "built_at", "content_hash", "session_id", "cart_id", "superseded_by", "site", "cart_ids", "marks", "day", "doc", "cart_moments")
CALLS_OF_A_TICK = 60


class Flaky:
    """A database that goes away after so many calls, until it is let come back."""

    def __init__(self, store: Store, calls: int) -> None:
        self.store, self.calls = store, calls

    def __getattr__(self, name: str) -> Any:
        self.calls -= 1
        if self.calls < 0:
            raise StoreDown("the database went away")
        return getattr(self.store, name)


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
    carts = world.store.rows("SELECT * FROM carts FINAL WHERE site = {site:String} AND NOT tombstone", site=world.site.name)
    found["carts"] = sorted(({n: v for n, v in (cart | texts(cart)).items() if n not in IGNORED} for cart in carts), key=repr)
    return found


def texts(cart: Row) -> Row:
    """Its document and its history, but for ids that the site's name is part of."""
    doc = {name: value for name, value in json.loads(cart["doc"]).items() if name not in ("cart_id", "site")}
    history = [[*entry[:5], {name: value for name, value in entry[5].items() if name != "cart_id"}] for entry in json.loads(cart["history"])]
    return {"document": doc, "history": history}


def ids(world: World) -> tuple[list[str], list[str]]:
    return [row["session_id"] for row in world.sessions()], [cart["cart_id"] for cart in world.carts()]


def parts(rows: list[Row], chance: random.Random) -> list[list[Row]]:
    """All rows once to five times in up to five batches; as they were received, or in any order."""
    late = shuffled(rows, chance)
    if chance.random() < 0.5:
        late.sort(key=lambda row: (ms(row["received_at"]), row["event_id"]))
    cuts = sorted(chance.randint(0, len(late)) for _ in range(chance.randint(0, 4)))
    return [late[start:end] for start, end in zip([0, *cuts], [*cuts, len(late)], strict=True)]


def tick(world: World, chance: random.Random) -> None:
    """A tick, or one in which the database goes away, or one of a process that was started anew."""
    how = chance.choice(("tick", "tick", "die", "restart"))
    arrivals = world.sessionizer.arrivals
    if how != "tick":
        world.start_anew()
    if how == "die":
        flaky = Flaky(world.store, chance.randint(0, CALLS_OF_A_TICK))
        world.start_anew(cast(Store, flaky))
        try:
            world.sessionizer.tick()
        except StoreDown:
            if chance.random() < 0.5:
                world.start_anew()
        flaky.calls = 10**9
    world.sessionizer.tick()
    arrivals.store = world.store


@settings(max_examples=size(3, 150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(batch=batches(2, 8), seed=st.integers(0, 999))
def test_any_order_any_repetition_any_split_gives_the_same_profiles(store: Store, batch: Batch, seed: int) -> None:
    clean, messy = (World(store, batch.site()).begin() for _ in range(2))
    messy.sessionizer.arrivals = clean.sessionizer.arrivals
    clean.clock.at_ms = NOW_MS
    try:
        clean.send(first_received(batch.rows(clean.site.name)))
        clean.sessionizer.rebuild(clean.site.name)
        added_up_at_once = documents(clean)
        clean.sessionizer.tick()  # its rows are worked in, and no tick of the other world comes upon them
        assert documents(clean) == added_up_at_once
        come_in(messy, batch.rows(messy.site.name), random.Random(seed))

        assert batch.tables(messy) == batch.told()
        assert documents(messy) == added_up_at_once
        before = ids(messy)
        again = messy.sessionizer.rebuild(messy.site.name, chunks=2)
        assert (again.sessions_changed, again.sessions_gone, again.carts_changed, again.customers_changed) == (0, 0, 0, 0)
        assert ids(messy) == before
    finally:
        for world in (clean, messy):
            store.command("DELETE FROM carts WHERE site = {site:String}", site=world.site.name)


def come_in(world: World, rows: list[Row], chance: random.Random) -> None:
    """Batch by batch, while the time goes on and things go wrong."""
    world.clock.at_ms = NOW_MS - 400 * DAY
    for part in parts(rows, chance):
        received_ms = max((ms(row["received_at"]) for row in part), default=0)
        world.clock.at_ms = min(NOW_MS, max(world.clock.at_ms, received_ms) + chance.choice((0, 0, MINUTE, HOUR, 31 * DAY)))
        world.send(part)
        tick(world, chance)
        if chance.random() < 0.1:
            world.sessionizer.rebuild(world.site.name, chunks=2)
    world.clock.at_ms = NOW_MS
    tick(world, chance)
