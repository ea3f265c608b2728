"""`serve` as an operator meets it: starts, says where to go, survives a crash of either half, ends cleanly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.product import PATIENCE_S, Product, Shop, child_pid, tracker, until


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product"), "--demo")
    yield running
    assert running.stop() == 0, "\n".join(running.said)


@pytest.fixture
def shop(product: Product) -> Iterator[Shop]:
    shop = Shop(product, f"shop-{uuid.uuid4().hex[:8]}")
    yield shop
    shop.close()


def view() -> dict[str, str]:
    return {"id": str(uuid.uuid4()), "type": "page_view", "url": "https://shop.example/"}


def test_the_first_start_says_where_to_go(product: Product) -> None:
    assert [line.split()[0] for line in product.said[:3]] == ["Demo", "Web", "Your"]
    assert product.line("Your tag").endswith("></script>")
    assert httpx.get(f"{product.public}/demo/", trust_env=False, timeout=PATIENCE_S).status_code == 200
    assert httpx.get(product.login_link, trust_env=False, timeout=PATIENCE_S, follow_redirects=True).status_code == 200


def test_both_ports_tell_their_health(product: Product) -> None:
    for address in (product.public, product.admin):
        assert httpx.get(f"{address}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200
        assert httpx.get(f"{address}/readyz", trust_env=False, timeout=PATIENCE_S).status_code == 200


def test_an_event_becomes_a_session_within_seconds(shop: Shop) -> None:
    assert shop.post("ann", view()).json()["accepted"] == 1
    (session,) = until(lambda: shop.sessions("ann"), what="the session")
    assert (session["page_views"], session["status"]) == (1, "open")


def test_a_killed_store_is_restarted_and_the_door_stays_open(product: Product, shop: Shop) -> None:
    before = shop.post("bob", view())
    product.kill("store")
    during = shop.post("bob", view())
    assert (before.status_code, during.status_code) == (202, 202)
    until(lambda: up(product.admin), what="the store")
    until(lambda: [s["page_views"] for s in shop.sessions("bob")] == [2], what="both page views")
    assert any("store was killed by SIGKILL" in line for line in product.said)


def test_a_killed_collector_is_restarted_and_loses_nothing(product: Product, shop: Shop) -> None:
    assert shop.post("cid", view()).status_code == 202
    product.kill("collect")
    until(lambda: up(product.public), what="the door")
    assert shop.post("cid", view()).status_code == 202
    until(lambda: [s["page_views"] for s in shop.sessions("cid")] == [2], what="both page views")


def up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_second_engine_is_refused_at_once_and_told_by_whom(product: Product) -> None:
    began = time.monotonic()
    refused = tracker(product.data, "serve", "--port", "0", "--admin-port", "0")
    assert refused.returncode == 3
    assert str(product.process.pid) in refused.stderr
    assert "--data" in refused.stderr
    assert time.monotonic() - began < 5  # a hang would be 30; the second it should take is mostly Python's start


def test_commands_just_work_while_serve_holds_the_store(product: Product, shop: Shop) -> None:
    listed = tracker(product.data, "site", "list")
    assert shop.keys["site"] in listed.stdout
    made = tracker(product.data, "key", "create", "--site", shop.keys["site"], "--scope", "read")
    assert "sk_" in made.stdout
    assert tracker(product.data, "site", "set", shop.keys["site"], "--session-gap-s", "600").returncode == 0
    refused = tracker(product.data, "site", "set", shop.keys["site"], "--session-gap-s", "5")
    assert (refused.returncode, "session_gap_s is 5" in refused.stderr) == (2, True)
    assert tracker(product.data, "doctor").returncode == 0
    assert "0001 events       applied" in tracker(product.data, "migrate", "--show").stdout
    rebuilt = tracker(product.data, "rebuild", "--site", shop.keys["site"], "--dry-run")
    assert ": 0 sessions, 0 carts and 0 customers differ" in rebuilt.stdout, rebuilt.stderr
    what_if = tracker(product.data, "rebuild", "--site", shop.keys["site"], "--what-if", "session_gap_s=3600", "--what-if", "campaign_splits=true")
    assert ": 0 sessions, 0 carts and 0 customers differ" in what_if.stdout, what_if.stderr
    for bad in (("--what-if", "session_gap_s=5"), ("--what-if", "session_gap_s"), ("--what-if", "gap=3600"),
                ("--to", "2026-11-01", "--from", "2026-11-02")):  # fmt: skip
        refused = tracker(product.data, "rebuild", "--site", shop.keys["site"], *bad)
        assert (refused.returncode, bad[1].partition("=")[0] in refused.stderr) == (2, True)
    assert tracker(product.data, "rebuild", "--site", "nowhere").returncode == 2


def test_an_import_goes_through_the_running_product_and_twice_changes_nothing(product: Product, shop: Shop, tmp_path: Path) -> None:
    began_ms = 1_569_888_000_000
    old = {"type": "cart_add", "visitor": "dora", "items": [{"id": "X1", "price": 10}]}
    file = tmp_path / "old.ndjson"
    file.write_text("".join(json.dumps({**old, "id": f"e{n}", "at": began_ms + n}) + "\n" for n in range(3)) + "broken\n")
    command = ("import", str(file), "--site", shop.keys["site"], "--format", "tracker")
    first = tracker(product.data, *command)
    assert (first.returncode, "3 events taken, 1 refused" in first.stdout, "line 4" in first.stderr) == (0, True, True), first.stderr
    (session,) = until(lambda: shop.sessions("dora"), what="the imported session")
    assert (session["started_at"], session["cart"]["added"]) == ("2019-10-01T00:00:00.000Z", 3)
    shutil.rmtree(product.data / "imports")  # as if it had never been imported
    assert tracker(product.data, *command).returncode == 0
    marker = shop.post("after", view())
    until(lambda: shop.sessions("after"), what="what was posted after the import")
    assert (marker.status_code, shop.sessions("dora")) == (202, [session])


def test_sigterm_ends_both_with_a_stalled_client_and_leaves_nothing_behind(tmp_path: Path) -> None:
    product = Product(tmp_path, "--demo")
    shop = Shop(product, "shop")
    host, port = product.public.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stalled:
        stalled.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert shop.post("ann", view()).status_code == 202
        began = time.monotonic()
        assert product.stop() == 0, "\n".join(product.said)
        assert time.monotonic() - began < 10
    shop.close()
    assert not list((tmp_path / "spool").glob("*/*.open"))
    assert not list((tmp_path / "spool").glob("*/*.seg"))


def test_a_killed_supervisor_leaves_no_orphans_and_the_next_start_takes_over(tmp_path: Path) -> None:
    product = Product(tmp_path, "--demo")
    children = list(product.children.values())
    os.kill(product.process.pid, signal.SIGKILL)
    product.stop()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), what="the end of both children")
    again = Product(tmp_path, "--demo")
    assert child_pid(again.process.pid, "store")
    assert again.stop() == 0
