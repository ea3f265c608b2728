"""`tracker dead` as a person types it: beside a running `serve` and without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.product import PATIENCE_S, Product, Shop, tracker, until
from tests.tracker.spooled import row, segment
from tracker.sites import Site

SITE = Site(name="shop", site_key="")


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    data = tmp_path / "data"
    (data / "spool" / "collect" / "quarantine").mkdir(parents=True)
    segment(data / "spool" / "collect", [row(SITE, 1), row(SITE, 2)[:-1] + b',"position":"many"}'])
    product = Product(data, "--demo")
    yield product
    product.stop()


def dead(product: Product, *flags: str) -> Any:
    done = tracker(product.data, "dead", "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_letters_are_told_and_tried_again_while_serve_runs_and_without_it(product: Product) -> None:
    (letter,) = until(lambda: dead(product)["letters"], what="the letter")
    assert (letter["site"], letter["reason"], letter["count"]) == ("shop", "code_27", 1)
    assert '"position":"many"' in letter["line"]

    first = letter["first"]
    assert dead(product, "--replay", "--site", "elsewhere")["replayed"] == 0
    assert dead(product, "--replay")["replayed"] == 1
    (again,) = until(lambda: [found for found in dead(product)["letters"] if found["first"] > first], what="the letter, refused again")
    assert again["count"] == 1

    figures = balanced(product)
    assert (figures["tracker_events_received_total"], figures["tracker_events_stored_total"]) == (2, 1)
    assert figures['tracker_events_dead_total{reason="code_27"}'] == 1
    assert "tracker dead --replay" in tracker(product.data, "doctor").stdout

    assert product.stop() == 0
    (product.data / "spool" / "collect" / "quarantine" / "00001-aaaa.0.bad").write_bytes(b"???")
    without = dead(product, "--replay")
    assert (without["replayed"], without["letters"][0]["count"]) == (1, 1)
    assert [piece["bytes"] for piece in without["damaged"]] == [3]
    shown = tracker(product.data, "dead")
    assert "code_27" in shown.stdout
    assert "3 damaged bytes" in shown.stdout


def balanced(product: Product) -> dict[str, float]:
    """The figures of a quiet moment: all is written, and nothing is missing."""
    found = until(lambda: quiet(figures(product)), what="a quiet moment")
    assert found['tracker_accounting_difference{equation="received"}'] == 0
    assert found['tracker_accounting_difference{equation="accepted"}'] == 0
    return dict(found)


def quiet(found: dict[str, float]) -> dict[str, float]:
    return found if found["tracker_spool_segments"] == 0 and "tracker_events_received_total" in found else {}


def figures(product: Product) -> dict[str, float]:
    text = httpx.get(f"{product.admin}/metrics", trust_env=False, timeout=PATIENCE_S).text
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("tracker_"))}


def test_what_the_doors_take_and_turn_away_adds_up_in_the_whole_product(product: Product, tmp_path: Path) -> None:
    shop = Shop(product, "corner")
    try:
        assert shop.post("v-1", {"id": "e-1", "type": "page_view"}, {"id": "", "type": "page_view"}).json()["accepted"] == 1
        assert shop.door.post("/v1/events", content=b"nonsense").status_code == 400
        assert shop.door.post("/v1/events", content=json.dumps({"v": 1, "site": "pk_nobody", "events": []})).status_code == 403
        order = {"order_id": "o-1", "at": "2026-01-01T00:00:00Z", "customer_id": "c-1", "value": 9}
        assert shop.api.post("/v1/orders", json=[order, {}]).status_code == 202

        file = tmp_path / "past.ndjson"
        file.write_text("".join(f'{{"id":"p-{n}","type":"page_view","at":1700000000000,"visitor":"v-{n}"}}\n' for n in range(3)))
        assert tracker(product.data, "import", str(file), "--site", "corner", "--format", "tracker").returncode == 0

        def told() -> Any:
            found = shop.api.get("/v1/quality").json()["accounting"]
            return found if (found["received"], found["in_spool"]) == (7, 0) else None

        assert until(told, what="all of it in the ledger") == {
            "received": 7, "accepted": 5, "refused": [{"reason": "field_missing", "count": 1}, {"reason": "id_invalid", "count": 1}],
            "dropped": [], "stored": 5, "dead": [], "in_spool": 0, "cut": 0, "noted": [],
        }  # fmt: skip
        until(lambda: figures(product).get('tracker_events_refused_total{reason="not_json"}'), what="the body that was no JSON")
        balanced(product)
    finally:
        shop.close()
