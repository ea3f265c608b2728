"""The disk under a real door fills up and is freed: what a sender hears meanwhile (docs/guarantees.md, no. 12 and 14)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.disk import mounted, unmount
from tests.faults.door import SHOP, Door, batch, door, event
from tests.product import PATIENCE_S, until
from tracker.ledger import is_line
from tracker.segment import groups, sealed

MIB = 1024 * 1024
SOON_S = 60.0


@pytest.fixture
def full_soon(tmp_path: Path) -> Iterator[Door]:
    """On a disk of 16 MB; where this process may mount none, under a high-water mark of as much."""
    data = tmp_path / "data"
    data.mkdir()
    is_real = mounted(data, "size=16m")
    mark = {} if is_real else {"spool_max_bytes": 11 * MIB}
    with door(data, disk_reserve_bytes=4 * MIB, address_requests_per_s=0, **mark) as standing:
        yield standing
    if is_real:
        unmount(data)


def post(standing: Door, number: int) -> httpx.Response:
    """One batch of 200 events of a kilobyte each."""
    events = [event(f"e{number}-{n}", title="x" * 900) for n in range(200)]
    headers = {"Content-Type": "text/plain", "Origin": SHOP.origins[0]}
    return httpx.post(f"http://127.0.0.1:{standing.port}/v1/events", content=batch(*events), headers=headers, trust_env=False, timeout=SOON_S)


def ready(standing: Door) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{standing.port}/readyz", trust_env=False, timeout=SOON_S)
    return answer.status_code, answer.json()["status"]


def take(standing: Door) -> set[str]:
    """As the writer does; the ids it has got."""
    found: set[str] = set()
    for path in sealed(standing.data / "spool" / "collect"):
        lines = [line for group in groups(path.read_bytes()) if group.sound for line in group.body.splitlines()]
        found.update(json.loads(line)["event_id"] for line in lines if not is_line(line))
        path.unlink()
    return found


def test_a_sender_hears_503_until_there_is_room_again_and_loses_nothing(full_soon: Door) -> None:
    acknowledged, number = set(), 0
    while (answer := post(full_soon, number)).status_code == 202:
        acknowledged |= {f"e{number}-{n}" for n in range(200)}
        number += 1
    assert number > 20
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "spool_full")
    waits = {int(post(full_soon, 999).headers["retry-after"]) for _ in range(12)}
    assert 5 <= min(waits) < max(waits) <= 60, "not all at once"
    assert ready(full_soon) == (503, "degraded")
    alive = httpx.get(f"http://127.0.0.1:{full_soon.port}/healthz", trust_env=False, timeout=PATIENCE_S)
    assert alive.status_code == 200, "it need not be restarted"
    taken: set[str] = set()

    def is_taken_again() -> bool:
        taken.update(take(full_soon))
        return post(full_soon, 1_000).status_code == 202

    until(is_taken_again, SOON_S, "a 202 after the disk was freed")
    until(lambda: ready(full_soon) == (200, "ready"), SOON_S, "readiness")
    there = taken | {row["event_id"] for row in full_soon.rows()}
    assert acknowledged <= there
    assert not [event_id for event_id in there if event_id.startswith("e999-")], "refused, and there all the same"
