"""The door: `tracker collect` on one core against a bare app on the same core, in one run, the load from the other core.

Rounds alternate between the two, so that a noisy machine disturbs both alike; the median round counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from tests.bench import loss
from tests.bench.figures import Figures, Options
from tests.bench.servers import LOAD_CORE, SERVER_CORE, free_port, rss_mb, scratch, server
from tests.bench.wrk import Load, drive
from tracker.sites import Site, write_site_file

SITE = Site(name="bench", site_key="pk_bench", origins=("https://shop.example",))
ROUNDS, ROUND_S, WARM_UP_S = 3, 5, 2
STEADY_EVENTS_PER_S, STEADY_S = 21_000, 60  # no fewer than 20,000 arrive


def run(options: Options) -> Figures:
    figures = Figures()
    with scratch("collector") as folder:
        ports = (free_port(), free_port())
        with (
            server(bare(ports[0]), f"http://127.0.0.1:{ports[0]}/", [SERVER_CORE], folder / "bare.log"),
            server(collect(folder, ports[1]), f"http://127.0.0.1:{ports[1]}/healthz", [SERVER_CORE], folder / "collect.log") as pid,
        ):
            compare(figures, ports)
            memory(figures, ports[1], pid)
        kills(figures, folder / "killed")
    figures.remark(f"server on core {SERVER_CORE}, wrk with 64 connections on core {LOAD_CORE}; {ROUNDS} rounds of {ROUND_S} s each, median")
    return figures


def bare(port: int) -> Sequence[str]:
    return ("-m", "uvicorn", "tests.bench.bare:app", "--port", str(port), "--loop", "uvloop", "--http", "httptools", "--log-level", "critical")


def collect(folder: Path, port: int) -> Sequence[str]:
    data = folder / "data"
    data.mkdir()
    write_site_file(data / "sites.json", (SITE,))
    return ("-m", "tracker", "collect", "--data", str(data), "--port", str(port))


def compare(figures: Figures, ports: tuple[int, int]) -> None:
    for events in (1, 10):
        rates = {port: [accepted(port, events, WARM_UP_S)] for port in ports}
        for _ in range(ROUNDS):
            for port in ports:
                rates[port].append(accepted(port, events, ROUND_S))
        plain, ours = (statistics.median(rates[port][1:]) for port in ports)
        figures.remark(f"{events} per post: {ours:,.0f} requests/s against {plain:,.0f} of the bare app ({ours / plain:.2f})")
        if events == 1:
            figures.set("ratio_1", ours / plain)
        else:
            figures.set("events_per_s_10", ours * events)


def accepted(port: int, events: int, seconds: int, requests_per_s: int = 0) -> float:
    load: Load = drive(
        f"http://127.0.0.1:{port}/v1/events", site_key=SITE.site_key, events=events, seconds=seconds, core=LOAD_CORE, requests_per_s=requests_per_s
    )
    if load.refused:
        raise SystemExit(f"{load.refused} posts were refused on port {port}: the figures would mean nothing")
    return load.requests_per_s


def memory(figures: Figures, port: int, pid: int) -> None:
    accepted(port, 10, WARM_UP_S, STEADY_EVENTS_PER_S // 10)
    before = rss_mb(pid)
    rate = 10 * accepted(port, 10, STEADY_S, STEADY_EVENTS_PER_S // 10)
    figures.set("rss_growth_mb", rss_mb(pid) - before)
    figures.remark(f"memory: {before:.0f} MB, then {rate:,.0f} events/s for {STEADY_S} s")


def kills(figures: Figures, folder: Path) -> None:
    found = loss.measure(folder)
    figures.set("lost", found.lost)
    figures.set("stored_twice", found.twice)
    figures.remark(found.told)
