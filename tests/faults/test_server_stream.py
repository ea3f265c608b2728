"""The stream and the announcer on a real server, whose clock and whose list of inserts say what can be seen."""

from __future__ import annotations

import time
from pathlib import Path

from profiles.announcing import CLOSED, STAGE, Announcer
from tests.faults.far import Far
from tests.product import until
from tests.profiles.samples import cart, customer, put, seconds, session
from tests.profiles.streaming import Reader, key_of, served
from tracker.sites import Site

HOUR_MS = 3_600_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_a_server_tells_changes_and_announces_them(far: Far, tmp_path: Path) -> None:
    site = Site(name="shop", site_key="", origins=("https://shop.example",))
    with served(far.store, tmp_path) as running:
        reader = Reader(running.url, key_of(running, site))
        put(far.store, "webhooks", [{
            "site": site.name, "webhook_id": "we_1", "url": "https://crm.example/", "types": [], "enabled": True, "version": 1,
            "created_at": seconds(now_ms() - HOUR_MS),
        }])  # fmt: skip
        with reader.opened() as events:
            next(events)
            put(far.store, "sessions", [session(site, "v-1", "s-1", now_ms() - 2 * HOUR_MS)])
            put(far.store, "carts", [cart(site, "k-1", now_ms())])
            assert {next(events).event, next(events).event} == {"session", "cart"}
        put(far.store, "sessions", [session(site, "v-1", "s-1", now_ms() - 2 * HOUR_MS, version=2)])
        reader.reads_until(lambda: reader.table["s-1"]["version"] == 2)
        put(far.store, "customers", [customer(site, "c-1", registered_at=seconds(now_ms()))])
        announcer = Announcer(running.deps)

        def told() -> set[tuple[str, str]]:
            announcer.look()
            rows = far.store.rows("SELECT type, subject FROM messages FINAL WHERE site = 'shop'")
            return {(row["type"], row["subject"]) for row in rows}

        until(lambda: told() == {(CLOSED, "session:s-1"), (STAGE, "customer:c-1")}, what=lambda: f"both messages, not {told()}")
