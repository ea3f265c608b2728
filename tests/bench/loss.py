"""What twenty kills at random moments under load cost: acknowledged events missing, events stored more often than they were sent.

in   an empty folder on a real disk
out  the two counts, and what was sent meanwhile; the same senders and the same eyes as tests/faults
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.oracle import Oracle
from tests.faults.stored import Stored, stored
from tests.faults.test_product_kill import is_up, kill
from tests.product import Product, Shop, until

CYCLES = 20
DRAIN_S = 120


@dataclass(frozen=True, slots=True)
class Loss:
    lost: int
    twice: int
    told: str


def measure(data: Path) -> Loss:
    product = Product(data, "--demo")
    shop = Shop(product, "shop")
    kills: Counter[str] = Counter()
    with Oracle(lambda: product.public, shop.keys["site_key"], batches_per_s=150) as oracle:
        while kills.total() < CYCLES:
            oracle.more_acknowledged(random.randint(50, 1500))
            name = random.choice(("collect", "store"))
            kills[name] += kill(product, name)
    until(lambda: is_up(product.public) and is_up(product.admin), what="both processes")
    until(lambda: not list(data.glob("spool/*/*-*.*")), DRAIN_S, "an empty spool")  # what waits there is not lost
    shop.close()
    if product.stop() != 0:
        raise SystemExit("The product did not end cleanly:\n" + "\n".join(product.said[-20:]))
    lost, twice = counted(oracle, stored(data, shop.keys["site"]))
    return Loss(lost, twice, f"kill -9 of collect {kills['collect']} and of store {kills['store']} times: {oracle.tally()}")


def counted(oracle: Oracle, found: Stored) -> tuple[int, int]:
    rows = Counter(row["event_id"] for row in found.events)
    dead = {json.loads(letter["line"])["event_id"] for letter in found.dead}
    sent = {event_id: batch.sent for batch in oracle.batches for event_id in batch.ids}
    too_often = {event_id for event_id, often in rows.items() if often > sent.get(event_id, 0)}
    copied = {row["event_id"] for row in found.events if row["copies"] != 1}
    return len(oracle.of("acknowledged") - rows.keys() - dead), len(too_often | copied)
