"""kill -9 between any two steps of the outbox: at least once, the same bytes under the same id, in order (docs/guarantees.md, no. 25 and 59)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.sizes import LONG
from tests.product import ROOT
from tests.profiles.webhooks.receiver import Got, Receiver

# What is written on the way, in its order, and how often: an abandonment is put, settled, handed out, claimed, posted, noted.
STEPS = [("insert messages", 3), ("insert carts", 2), ("insert deliveries", 3), ("post", 2)]
ALL = [(moment, step, hit) for step, hits in STEPS for hit in range(1, hits + 1) for moment in ("before", "after")]
HARDEST = [("after", "insert messages", 1), ("after", "insert deliveries", 1), ("after", "insert deliveries", 2), ("after", "post", 1)]


def life(data: Path, url: str, part: str, *point: object) -> int:
    command = [sys.executable, "-m", "tests.faults.crashing_outbox", str(data), url, part, *map(str, point)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.mark.parametrize(("moment", "step", "hit"), ALL if LONG else HARDEST)
def test_killed_anywhere_on_the_way_the_receiver_hears_all_of_it_in_order(
    receiver: Receiver, tmp_path: Path, moment: str, step: str, hit: int
) -> None:
    receiver.got.clear()
    assert life(tmp_path, receiver.url(), "first", moment, step, hit) == -signal.SIGKILL
    assert life(tmp_path, receiver.url(), "again") == 0
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for got in first_of_each(receiver.got):
        by_subject.setdefault(got["data"]["cart_id"], []).append(got)
    told = {said[-1]["data"]["owner"]["visitor_ids"][0]: [each["type"] for each in said] for said in by_subject.values()}
    assert told["bert"] == ["cart.abandoned"]
    assert told["anna"] in (["cart.abandoned", "cart.recovered"], ["cart.recovered"])  # the latter where the first tick never said anything


def first_of_each(got: list[Got]) -> list[dict[str, Any]]:
    """What a receiver makes of it that leaves out what it has by `webhook-id`; a repetition has the same bytes."""
    known: dict[str, bytes] = {}
    for each in got:
        assert known.setdefault(each.message_id, each.body) == each.body
    return [json.loads(body) for body in known.values()]
