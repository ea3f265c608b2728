"""The process store: writer, sessionizer, API and web UI, around the one handle on the database.

in   sealed segments of the spools; requests on the admin port
out  rows, sessions, carts, customers; answers
On a ClickHouse server the same parts run as processes of their own: `tracker write`, `sessionize`, `profiles`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from profiles.announcing import Announcer
from profiles.app import create_app
from profiles.deps import Deps
from profiles.login import Logins
from profiles.pages import routes as page_routes
from profiles.rules.loop import Runner as Rules
from profiles.webhooks.deliverer import Deliverer
from profiles.webhooks.sending import Sender
from sessionizer.loop import Sessionizer
from tracker.clock import SystemClock
from tracker.errors import TrackerError
from tracker.failures import FAILURES
from tracker.registry import Registry
from tracker.roof import asked, people, welcome
from tracker.roof.address import write_address
from tracker.roof.child import BEAT_S, Pipe, Server, remember_signals
from tracker.roof.going_on import keep_going
from tracker.roof.opening import adding_up, opened
from tracker.roof.spools import API, COLLECT, api_spool, drained, quarantined, spool_directories
from tracker.roof.upkeep import daily
from tracker.settings import Settings
from tracker.store import Store
from tracker.tombstones import Sieve
from tracker.writer import Writer

LOOK_S = 1.0  # carts fall due by the clock alone, so the sessionizer looks this often in any case
END_S = 5.0  # with DRAIN_S for the web server in it; both children together end within STOP_S of the supervisor

log = logging.getLogger("tracker.store")


class Parts:
    """The threads of this process: writer, sessionizer and what goes on beside them. A part that fails says so, waits and goes on."""

    def __init__(self, settings: Settings, store: Store, registry: Registry, directories: Sequence[Path], *, sessionize: bool = True) -> None:
        self.settings = settings
        self.stop = threading.Event()
        self.stop_ticks = threading.Event()
        self.arrived = threading.Event()
        self.look_s = LOOK_S
        self.asked = 0.0
        self.look_again = (lambda: None) if settings.embedded else registry.freshen  # embedded, nobody else can change the sites
        self.writer = Writer(store, directories, stored=self.arrived.set, sieve=Sieve.of(settings.data, store))
        self.sessionizer = Sessionizer(store, registry.sites, SystemClock())
        self.threads = [threading.Thread(target=self.write, name="writer")]
        if sessionize:
            self.threads.append(threading.Thread(target=self.sessionize, name="sessionizer"))
        self.beside: list[threading.Thread] = []

    def also(self, name: str, look: Callable[[], float]) -> None:
        """Another part beside the two: `look` does a little and says how many seconds until it wants to look again."""

        def looks() -> None:
            while not self.stop_ticks.is_set():
                self.stop_ticks.wait(look())

        thread = threading.Thread(target=lambda: keep_going(name, looks, self.stop_ticks), name=name)
        self.beside.append(thread)
        thread.start()

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> bool:
        """The writer empties the spool, the sessionizer finishes its tick; False where that would take longer than END_S from the first word."""
        until = self.ask_to_end() + END_S
        self.stop.set()
        every = [*self.threads, *self.beside]
        for thread in every:
            thread.join(max(until - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in every)

    def ask_to_end(self) -> float:
        """No further tick. Returns when this was first asked."""
        self.asked = self.asked or time.monotonic()
        self.stop_ticks.set()
        self.arrived.set()
        return self.asked

    def health(self) -> dict[str, Any]:
        """For /readyz and /metrics."""
        dead = [thread.name for thread in (*self.threads, *self.beside) if not thread.is_alive()]
        trouble = self.writer.trouble
        failing = FAILURES.lately()
        reasons = [f"the {' and the '.join(dead)} stopped"] * bool(dead) + [trouble.message] * trouble.needs_a_person
        return {
            "ready": not reasons, **({"why": "; ".join(reasons)} if reasons else {}),
            "rows_written": self.writer.total.rows, "dead_letters": self.writer.total.dead,
            "spool_quarantined": len(quarantined(self.settings)),
            "parts": {"failing": len(failing), "says": "; ".join(f"{part}: {text}" for part, text in failing.items())},
            "writer": {
                "failures": trouble.failures, "needs_a_person": trouble.needs_a_person, "held_segments": self.writer.held, "says": trouble.message,
            },
        }  # fmt: skip

    def write(self) -> None:
        keep_going("writer", lambda: self.writer.run(self.stop, self.look_again), self.stop)

    def sessionize(self) -> None:
        def ticks() -> None:
            while not self.stop_ticks.is_set():
                self.arrived.clear()
                self.sessionizer.tick()
                self.stop_ticks.wait(self.settings.tick_ms / 1000)
                self.arrived.wait(self.look_s)

        keep_going("sessionizer", ticks, self.stop_ticks)


def run(settings: Settings, listener: socket.socket, pipe: Pipe, *, spools: Sequence[str] = (COLLECT, API), sessionize: bool = True) -> None:
    """Until SIGTERM. Raises Held where the database, or one of the spools, is in use. A server that does not answer yet is waited for."""
    (settings.data / "serve.json").unlink(missing_ok=True)  # of a run that was killed
    with ExitStack() as stack:
        directories = stack.enter_context(drained(settings, *spools))
        if sessionize:
            stack.enter_context(adding_up(settings))
        store = stack.enter_context(opened(settings, wait=lambda wait_s: wait_alive(pipe, wait_s)))
        remember_signals()  # until here SIGTERM ends the process at once: opening may take long, and nothing has begun
        registry = Registry(store, settings.data, SystemClock())
        parts = Parts(settings, store, registry, directories, sessionize=sessionize)
        parts.start()
        threading.Thread(target=daily, args=(directories, parts.stop), name="upkeep", daemon=True).start()
        try:
            uvloop.run(serve(settings, store, registry, parts, listener=listener, pipe=pipe))
        finally:
            done = parts.end()
            (settings.data / "serve.json").unlink(missing_ok=True)
        if not done:  # closing the database would wait for them
            log.warning("Work was left in the middle; the next start does it again. Nothing is lost")
            os._exit(0)  # as safe as kill -9, which is tried at every point


def wait_alive(pipe: Pipe, wait_s: float) -> bool:
    """Waits, and tells the supervisor that this is no silence."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        pipe.beat()
        time.sleep(min(wait_s, BEAT_S))
    return False


async def serve(settings: Settings, store: Store, registry: Registry, parts: Parts, *, listener: socket.socket, pipe: Pipe) -> None:
    spool = api_spool(settings)
    token = secrets.token_urlsafe(32)
    logins = Logins(settings.data / "logins.json", SystemClock())
    webhooks = Deliverer(store, registry.sites, SystemClock(), partial(Sender, local=settings.webhooks_local), alone=settings.embedded)

    deps = Deps(
        store=store, registry=registry, settings=settings, clock=SystemClock(), append=spool.append, note=spool.note,
        health=lambda: parts.health() | {"webhooks": webhooks.figures()},
        local_token=token, login=logins, spools=spool_directories(settings), settling=parts.writer.settling,
        erasing=people.eraser(
            settings, store, parts.sessionizer if len(parts.threads) > 1 else None, spool_directories(settings), telling=webhooks.lock
        ),
    )  # fmt: skip
    parts.also("announcer", Announcer(deps).look)
    parts.also("webhooks", partial(webhooks.run, parts.stop_ticks))
    parts.also("rules", Rules(deps).turn)
    app = create_app(deps, [*asked.endpoints(deps, parts.sessionizer if len(parts.threads) > 1 else None), *page_routes()])
    admin_url = f"http://{settings.admin_host}:{listener.getsockname()[1]}"
    write_address(settings.data, admin_url, token)
    stop, started = asyncio.Event(), asyncio.Event()

    def ending() -> None:
        parts.ask_to_end()
        deps.channels.end()

    server = Server(app, settings, started, ending=ending, body_max_bytes=asked.ROWS_MAX_BYTES)

    async def hello() -> list[str]:
        await welcome.open_demo(settings, registry, spool.append)
        return await asyncio.to_thread(welcome.lines, settings, registry, logins, admin_url)

    tasks = [asyncio.create_task(spool.seal_when_old(stop)), asyncio.create_task(beat(deps, pipe, started, hello))]
    try:
        await server.serve(sockets=[listener])
    finally:
        stop.set()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await spool.close()


async def beat(deps: Deps, pipe: Pipe, started: asyncio.Event, hello: Callable[[], Awaitable[list[str]]]) -> None:
    """A sign of life is an answer of the engine, not only of this loop: an engine that hangs is found by its silence."""
    await started.wait()
    pipe.ready(lines=await hello())
    while True:
        try:
            await asyncio.to_thread(deps.store.ask_engine)
        except TrackerError as error:
            if deps.settings.embedded:
                log.error("The embedded database does not answer: %s", error)
                await asyncio.sleep(BEAT_S)
                continue
        pipe.beat()
        await asyncio.sleep(BEAT_S)
