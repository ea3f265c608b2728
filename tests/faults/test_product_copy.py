"""The data folder is all there is: a copy of it, started elsewhere, has everything that was acknowledged."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.faults.oracle import Oracle
from tests.faults.settling import fresh_event_is_seen, settled
from tests.faults.sizes import size
from tests.faults.stored import stored
from tests.product import Product, Shop, add_site

LEFT_OUT = shutil.ignore_patterns("salt.json", "serve.json")  # as docs/operations.md says


def test_a_copy_of_the_stopped_folder_restores_everything_the_spool_too(tmp_path: Path) -> None:
    """Stopped by kill -9 while the database was behind: the hardest folder to copy."""
    here, there = tmp_path / "here", tmp_path / "there"
    running = [product := Product(here, "--demo", own_group=True)]
    keys = add_site(here, "shop")
    with Oracle(lambda: running[-1].public, keys["site_key"], give_up_s=0) as oracle:
        oracle.more_acknowledged(size(500, 20_000))
        os.kill(product.children["store"], signal.SIGSTOP)
        oracle.more_acknowledged(size(500, 5_000))
    product.kill_all()
    assert list((here / "spool" / "collect").glob("*.seg")), "nothing was left in the spool, so the test has shown nothing"
    shutil.copytree(here, there, symlinks=True, ignore=LEFT_OUT)  # as `cp -a` does
    shutil.rmtree(here)

    running.append(restored := Product(there, "--demo"))
    shop = Shop(restored, "shop", keys)
    settled(shop, oracle)
    fresh_event_is_seen(shop, oracle)
    shop.close()
    assert restored.stop() == 0, "\n".join(restored.said)
    oracle.verdict(stored(there, keys["site"]))
