"""The session API: GET /v1/sessions?visitor_id= at 100 requests per second, over HTTP, on a whole running product.

Requests go out by the clock, not after the answer before; a latency counts from when its request was due.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from pathlib import Path

import httpx

from tests.bench import history
from tests.bench.figures import Figures, Options
from tests.bench.servers import CORES, free_port, scratch, server

EVENTS, EVENTS_BIG = 2_000_000, 20_000_000
REQUESTS_PER_S, SECONDS, WARM_UP = 100, 20, 200


def run(options: Options) -> Figures:
    figures = Figures()
    events = EVENTS_BIG if options.big else EVENTS
    with scratch("api") as folder:
        key = history.in_own_process(prepare, folder, events)
        public, admin = free_port(), free_port()
        arguments = ["-m", "tracker", "serve", "--data", str(folder), "--port", str(public), "--admin-port", str(admin)]
        with server(arguments, f"http://127.0.0.1:{admin}/readyz", CORES, folder / "serve.log"):
            latencies = asyncio.run(ask(f"http://127.0.0.1:{admin}", key, events // history.EVENTS_PER_VISITOR))
    cuts = statistics.quantiles(latencies, n=100)
    figures.set("p50_ms", cuts[49] * 1000)
    figures.set("p99_ms", cuts[98] * 1000)
    figures.remark(f"{events:,} events stored, {len(latencies):,} requests at {REQUESTS_PER_S}/s; server and asker share {len(CORES)} cores")
    return figures


def prepare(folder: Path, events: int) -> str:
    """Fill and add up; gives an API key."""
    with history.opened(folder) as (store, registry):
        history.fill(store, registry, events)
        history.settle(store, registry)
        return registry.create_key(history.SITE, ["read"])


async def ask(url: str, key: str, visitors: int) -> list[float]:
    dice = random.Random(7)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    patient = httpx.Timeout(60, pool=None)  # a server that falls behind shows in the latencies
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=patient, limits=limits, trust_env=False) as client:
        await paced(client, dice, visitors, WARM_UP)
        return await paced(client, dice, visitors, REQUESTS_PER_S * SECONDS)


async def paced(client: httpx.AsyncClient, dice: random.Random, visitors: int, requests: int) -> list[float]:
    start = time.perf_counter()

    async def one(number: int) -> float:
        due = start + number / REQUESTS_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answer = await client.get("/v1/sessions", params={"visitor_id": history.visitor_id(dice.randrange(visitors))})
        if answer.status_code != 200 or not answer.json()["data"]:
            raise SystemExit(f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}")
        return time.perf_counter() - due

    return list(await asyncio.gather(*(one(number) for number in range(requests))))
