"""The process collect: the public port. Starts in well under a second and never waits for the database."""

from __future__ import annotations

import asyncio
import gc
import socket

import uvloop
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from tracker.clock import SystemClock
from tracker.collector import Collector
from tracker.demo import demo_routes
from tracker.roof.child import BEAT_S, Pipe, Server, remember_signals
from tracker.settings import Settings
from tracker.sites import SiteBook

DEMO_SITE = "demo"


class LazyDemo:
    """The demo shop, made when it is first asked for: its site is added by store, which may start later."""

    def __init__(self, sites: SiteBook) -> None:
        self.sites = sites
        self.shop: Mount | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.shop is None:
            self.sites.refresh()
            site = self.sites.by_name(DEMO_SITE)
            if site is not None:
                self.shop = Mount("", routes=demo_routes(site.site_key))
        if self.shop is None:
            body = b"The demo shop opens as soon as its site is known. Try again in a second."
            await send({"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"1"), (b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": body})
        else:
            await self.shop.app(scope, receive, send)


def run(settings: Settings, listener: socket.socket, pipe: Pipe) -> None:
    remember_signals()
    look_for_cycles_seldom()
    uvloop.run(serve(settings, listener, pipe))


def look_for_cycles_seldom() -> None:
    """What a request leaves is freed by reference counting; by default the collector of cycles would look at it after every ten requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


async def serve(settings: Settings, listener: socket.socket, pipe: Pipe) -> None:
    collector = Collector(settings, SystemClock())
    if settings.demo:
        collector.mount("/demo", LazyDemo(collector.sites))
    started = asyncio.Event()
    server = Server(collector, settings, started)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    beating = asyncio.create_task(beat(started, pipe))
    await running
    beating.cancel()


async def beat(started: asyncio.Event, pipe: Pipe) -> None:
    await started.wait()
    pipe.ready(collect=True)
    while True:
        pipe.beat()
        await asyncio.sleep(BEAT_S)
