"""What tags say about themselves comes through the door, and disturbs nothing that is counted of events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import until
from tests.tracker.test_door import Running, batch, view
from tracker.ledger import Tally


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.stop()


def taken(events: int, **notes: int) -> Tally:
    told: Tally = Tally({("shop", "received", ""): events, ("shop", "accepted", ""): events})
    return told + Tally({("shop", "noted", code): n for code, n in notes.items()})


def test_the_notes_of_a_batch_are_counted_beside_its_events(door: Running) -> None:
    reply = door.post(batch(view(), notes={"price_differs": 1, "dropped": 40, "made_up": 3}))
    assert (reply.status_code, reply.json()) == (202, {"accepted": 1, "refused": []})
    until(lambda: door.tally() == taken(1, price_differs=1, dropped=40), what="the notes")


def test_a_batch_may_hold_notes_alone(door: Running) -> None:
    reply = door.post(batch(notes={"second_tag": 1}))
    assert (reply.status_code, reply.json()) == (202, {"accepted": 0, "refused": []})
    until(lambda: door.tally() == taken(0, second_tag=1), what="the note")
    assert door.rows() == []


@pytest.mark.parametrize("notes", [None, 7, "dropped", ["dropped"], {"dropped": "many"}, {"dropped": None}, {"dropped": -3}, {"": 1}])
def test_a_batch_is_not_refused_for_its_notes(door: Running, notes: Any) -> None:
    assert door.post(batch(view("a"), notes=notes)).json() == {"accepted": 1, "refused": []}
    assert door.post(batch(view("b"), notes={"send_failed": 1})).json() == {"accepted": 1, "refused": []}
    until(lambda: door.tally() == taken(2, send_failed=1), what="both batches")


def test_the_notes_of_a_refused_batch_are_not_counted(door: Running) -> None:
    assert door.post(batch(view("a"), notes={"dropped": 1}), Origin="https://evil.example").status_code == 403
    assert door.post(batch(notes={"second_tag": 1})).status_code == 202
    refused = Tally({("shop", "received", ""): 1, ("shop", "refused", "origin_refused"): 1})
    until(lambda: door.tally() == refused + taken(0, second_tag=1), what="the refusal")
