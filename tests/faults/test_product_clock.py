"""The server's clock jumps: an hour back, a day ahead, a second twice. Browsers' clocks do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sessionizer.loop import Sessionizer
from tests.faults import clock_ahead
from tests.sessionizer.world import DAY, HOUR, MINUTE, NOON_MS, SECOND, SESSIONS, MovingClock, pass_over
from tracker.collector import Collector
from tracker.settings import Settings
from tracker.sites import Site, write_site_file
from tracker.store import Store
from tracker.writer import Writer

JUMPS_MS = {3: -HOUR, 6: DAY, 9: -DAY, 11: -SECOND, 14: DAY, 15: HOUR}  # before the nth page


async def test_when_the_clock_jumps_every_event_counts_once_and_no_session_ends_before_it_begins(store: Store, site: Site, tmp_path: Path) -> None:
    write_site_file(tmp_path / "sites.json", (site,))
    clock = MovingClock()
    door = Collector(Settings(data=tmp_path), clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as browser:
        for n in range(18):
            clock.at_ms += MINUTE + JUMPS_MS.get(n, 0)
            here_ms = NOON_MS + n * MINUTE
            page = {"id": f"{site.name}-{n}", "type": "page_view", "at": here_ms - SECOND, "url": f"https://shop.example/{n}"}
            batch = {"v": 1, "site": site.site_key, "visitor": "ann", "sent_at": here_ms, "events": [page]}
            answer = await browser.post("/v1/events", content=json.dumps(batch), headers={"Content-Type": "text/plain"})
            assert answer.json() == {"accepted": 1, "refused": []}
    await door.spool.close()
    sessionizer = Sessionizer(store, lambda: {site.name: site}, clock)
    pass_over(sessionizer)
    Writer(store, [tmp_path / "spool" / "collect"]).drain()
    sessionizer.tick()
    sessions = store.rows(SESSIONS, site=site.name)
    assert sum(session["page_views"] for session in sessions) == 18
    assert [session for session in sessions if session["ended_ms"] < session["started_ms"]] == []


@pytest.mark.parametrize("restarted", [False, True])
def test_when_the_clock_was_ahead_and_is_put_right_what_arrives_then_is_added_up_at_once(tmp_path: Path, restarted: bool) -> None:
    command = [sys.executable, "-m", clock_ahead.__name__, str(tmp_path / "clickhouse"), str(restarted)]
    assert subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split() == ["ann", "bob"]
