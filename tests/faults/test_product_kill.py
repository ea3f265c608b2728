"""kill -9 under load: of either process at any moment, and of everything at once."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import httpx

from tests.faults.oracle import Oracle
from tests.faults.settling import fresh_event_is_seen, settled
from tests.faults.sizes import size
from tests.faults.stored import stored
from tests.product import Product, Shop, add_site, child_pid, until

KILLS = size(20, 200)
UP_S = 120


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def kill(product: Product, name: str) -> bool:
    """SIGKILL to a child, in whatever it is doing, its start too. False where there is none just now."""
    pid = child_pid(product.process.pid, name)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    return pid is not None


def test_killed_at_random_under_load_it_keeps_every_acknowledged_event_once(tmp_path: Path) -> None:
    product = Product(tmp_path, "--demo")
    shop = Shop(product, "shop")
    random.seed(2)
    killed = {"collect": 0, "store": 0}
    with Oracle(lambda: product.public, shop.keys["site_key"], batches_per_s=150) as oracle:
        while sum(killed.values()) < KILLS:
            oracle.more_acknowledged(random.randint(20, size(400, 1500)))
            name = random.choice(("collect", "collect", "store"))
            if name == "store" and random.random() < 0.5:  # else it may die in its start; always, and it would never get anywhere
                until(lambda: is_up(product.admin), UP_S, lambda: "\n".join(["the store", *product.said[-100:]]))
            killed[name] += kill(product, name)
    until(lambda: is_up(product.admin), UP_S, lambda: "\n".join(["the store", *product.said[-100:]]))
    settled(shop, oracle)
    fresh_event_is_seen(shop, oracle)
    print(f"\nkilled {killed}: {oracle.tally()}")  # noqa: T201 - the figures of a long run
    shop.close()
    assert product.stop() == 0, "\n".join(product.said)
    oracle.verdict(stored(tmp_path, shop.keys["site"]))


def test_killed_all_at_once_it_starts_again_and_has_everything(tmp_path: Path) -> None:
    running = [Product(tmp_path, "--demo", own_group=True)]
    keys = add_site(tmp_path, "shop")
    with Oracle(lambda: running[-1].public, keys["site_key"], batches_per_s=100) as oracle:
        for _ in range(size(1, 20)):
            oracle.more_acknowledged(random.randint(100, 1000))
            running[-1].kill_all()
            running.append(Product(tmp_path, "--demo", own_group=True))
    shop = Shop(running[-1], "shop", keys)
    settled(shop, oracle)
    fresh_event_is_seen(shop, oracle)
    shop.close()
    assert running[-1].stop() == 0, "\n".join(running[-1].said)
    oracle.verdict(stored(tmp_path, keys["site"]))
