"""The file by which a machine's door and writer know of erased people, written by several processes."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path
from typing import Any

from tracker.erasure import Book, Tombstone, digest
from tracker.store import Store
from tracker.tombstones import bury, publish

HOUR_MS = 3_600_000


def test_a_process_that_read_the_tombstones_too_early_brings_nobody_back(store: Store, tmp_path: Path) -> None:
    site, now_ms = f"shop-{uuid.uuid4().hex[:8]}", int(time.time() * 1000)
    stone = Tombstone(site, "visitor", digest(site, "visitor", "erased-one"), 0, now_ms)
    overtaken: list[threading.Thread] = []

    class Slow:
        """A store whose reader is overtaken once: somebody is erased while it has read the table and written nothing yet."""

        def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
            found = store.rows(query, **parameters)
            if not overtaken:
                overtaken.append(threading.Thread(target=bury, args=(store, tmp_path / "erased.json", [stone], now_ms)))
                overtaken[0].start()
                overtaken[0].join(0.5)  # it waits for us now, or it is through already
            return found

    publish(Slow(), tmp_path / "erased.json")  # type: ignore[arg-type]  # a store that only reads
    overtaken[0].join()
    line = b'{"site":"%s","visitor_id":"erased-one","event_id":"1","at":%d}' % (site.encode(), (now_ms - HOUR_MS) // 1000)
    assert Book(tmp_path / "erased.json").without_erased([line]) == []
