"""Offers at the public door: told to the visitor they are for, with the answer to any batch, and to nobody else."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import until
from tests.tracker.test_door import Running
from tracker import offers_file
from tracker.offers import Given, OfferBook

VISITOR = "01930000-0000-7000-8000-000000000001"
FAR_MS = 9_000_000_000_000


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.stop()


def give(data: Path, visitor_id: str, *given: Given, site: str = "shop") -> None:
    offers_file.write(data / "offers.json", {site: {visitor_id: given}})


def batch(visitor: str | None = VISITOR, **fields: Any) -> dict[str, Any]:
    return {"v": 1, "site": "pk_shop", "visitor": visitor, "events": [{"id": "e1", "type": "custom", "name": "here", "at": 1}]} | fields


def test_a_visitor_with_an_offer_is_told_within_a_second_and_nobody_else(door: Running) -> None:
    assert door.post(batch()).json() == {"accepted": 1, "refused": []}
    give(door.data, VISITOR, Given("ten-percent", "R2345678", FAR_MS), Given("over", "ROVER", 1))
    told = until(lambda: door.post(batch()).json().get("offers"))
    assert told == [{"offer_id": "ten-percent", "response_code": "R2345678"}]
    assert door.post(batch("someone-else")).json() == {"accepted": 1, "refused": []}


@pytest.mark.parametrize("signal", [{"Sec-GPC": "1"}, {}])
def test_who_gave_no_consent_gets_no_offer(door: Running, signal: dict[str, str]) -> None:
    give(door.data, VISITOR, Given("ten-percent", "R2345678", FAR_MS))
    until(lambda: door.post(batch()).json().get("offers"))
    assert "offers" not in door.post(batch(VISITOR if signal else None), **signal).json()


def test_an_offer_that_is_taken_back_is_told_no_more(door: Running) -> None:
    give(door.data, VISITOR, Given("ten-percent", "R2345678", FAR_MS))
    until(lambda: door.post(batch()).json().get("offers"))
    (door.data / "offers.json").unlink()
    until(lambda: "offers" not in door.post(batch()).json())


def test_a_file_that_cannot_be_read_leaves_the_offers_known_so_far(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    give(tmp_path, VISITOR, Given("ten-percent", "R2345678", FAR_MS))
    book = OfferBook(tmp_path / "offers.json")
    (tmp_path / "offers.json").write_bytes(b'{"shop":')
    book.refresh()
    assert "The offers known so far hold on" in caplog.text
    assert [offer.offer_id for offer in book.of("shop", VISITOR, 0) or ()] == ["ten-percent"]


def test_an_erased_visitor_is_taken_out_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "offers.json"
    offers_file.write(path, {"shop": {VISITOR: (Given("a", "A", FAR_MS),), "other": (Given("b", "B", FAR_MS),)}})
    assert offers_file.forget(path, "shop", [VISITOR, "unknown"]) == 1
    assert VISITOR.encode() not in path.read_bytes()
    assert OfferBook(path).of("shop", "other", 0) is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
