"""The public port: the hot door, GET /t.js, health, whatever else is mounted. No ClickHouse in here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tracker.clock import Clock
from tracker.cookieless import Cookieless
from tracker.dialects import dialect_routes
from tracker.door import RETRY_AFTER_S, Door
from tracker.errors import SpoolError
from tracker.files import DISK, Files
from tracker.inspection import inspect_routes
from tracker.settings import Settings
from tracker.sites import SiteBook
from tracker.spool import Spool
from tracker.tag_files import tag_routes


class Collector:
    """The whole public port: the hot door first, everything else by Starlette's router."""

    def __init__(self, settings: Settings, clock: Clock, files: Files = DISK) -> None:
        data = settings.data
        self.sites = SiteBook(data / "sites.json")
        self.spool = Spool(
            data / "spool" / "collect",
            segment_max_bytes=settings.segment_max_bytes, segment_max_ms=settings.segment_max_ms, spool_max_bytes=settings.spool_max_bytes,
            disk_reserve_bytes=settings.disk_reserve_bytes, files=files,
        )  # fmt: skip
        self.door = Door(settings, self.sites, self.spool, Cookieless(data / "salt.json"), clock)
        routes = [*inspect_routes(self.sites, data, clock), *tag_routes(), *self.health_routes(), *dialect_routes(self.door)]
        self.app = Starlette(routes=routes, exception_handlers={HTTPException: refused_elsewhere}, lifespan=self.lifespan)

    def mount(self, path: str, app: ASGIApp) -> None:
        self.app.router.routes.append(Mount(path, app=app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/v1/events":
            await self.door(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self.spool.seal_when_old(stop)), asyncio.create_task(self.watch_sites(stop))]
        yield
        stop.set()
        await asyncio.gather(*tasks)
        await self.spool.close()

    async def watch_sites(self, stop: asyncio.Event) -> None:
        """Changed rules of a known site are noticed within a second, and so is midnight by the salt of visits without consent."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)
            self.sites.refresh()
            self.door.erased.refresh()
            self.door.offers.refresh()
            self.door.cookieless.tend(self.door.clock.now_ms())

    def health_routes(self) -> list[BaseRoute]:
        async def healthz(request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def readyz(request: Request) -> Response:
            try:
                await asyncio.to_thread(self.spool.check_room)
            except SpoolError as error:
                return JSONResponse({"status": "degraded", "reason": str(error)}, 503, {"Retry-After": str(RETRY_AFTER_S[0])})
            return JSONResponse({"status": "ready"})

        return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def refused_elsewhere(request: Request, error: Exception) -> Response:
    """What is not found or not allowed beside the hot door, in the same words as there."""
    assert isinstance(error, HTTPException)
    told = {"code": error.detail.lower().replace(" ", "_"), "message": f"{error.detail}: {request.method} {request.url.path[:200]}"}
    return JSONResponse({"error": told}, error.status_code, error.headers)
