"""What the command line asks of a running store beside sites and keys (those are in profiles/internal.py).

in   requests to /internal/… with this machine's token (tracker/roof/remote.py sends them)
out  JSON
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from profiles import access
from profiles.deps import Deps
from sessionizer.loop import Sessionizer
from tracker import dead_letters
from tracker.contents import admitted
from tracker.errors import BadInput, SpoolFull, StoreDown
from tracker.migrate import applied
from tracker.roof.people import Whom, exported, forgotten
from tracker.roof.rebuilding import Rebuild
from tracker.roof.spools import API

ROWS_MAX_BYTES = 32 * 1024 * 1024


class Dead(msgspec.Struct):
    site: str = ""
    reason: str = ""
    limit: int = 100


Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Each method answers POST /internal/ with its own name, its underscores as hyphens."""

    deps: Deps
    sessionizer: Sessionizer | None

    async def rows(self, request: Request) -> Response:
        """Ready event rows of `tracker import`, NDJSON, through the API's own spool."""
        body = await request.body()
        if len(body) > ROWS_MAX_BYTES:
            return problem(413, "too_large", f"More than {ROWS_MAX_BYTES} bytes of rows")
        lines = body.splitlines()
        try:
            await self.deps.append(lines, admitted(lines))
        except SpoolFull as error:
            return problem(503, "spool_full", str(error))
        return JSONResponse({"accepted": len(lines)}, 202)

    async def rebuild(self, request: Request) -> Response:
        """Answers when all is done; ticks go on meanwhile."""
        asked = msgspec.json.decode(await request.body(), type=Rebuild)
        if self.sessionizer is None:
            raise BadInput("`tracker sessionize` runs on this data folder. End it, rebuild, and start it again")
        return JSONResponse({"rebuilt": await asyncio.to_thread(asked.by, self.sessionizer, self.deps.registry)})

    async def migrations(self, request: Request) -> Response:
        return JSONResponse({"applied": sorted(await asyncio.to_thread(applied, self.deps.store))})

    async def dead(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Dead)
        letters = await asyncio.to_thread(dead_letters.summary, self.deps.store, asked.site, asked.reason, asked.limit)
        return JSONResponse({"letters": dead_letters.shown(letters)})

    async def replay(self, request: Request) -> Response:
        """Answers when they are in the API's spool, and no letters any more."""
        asked = msgspec.json.decode(await request.body(), type=Dead)
        spool = self.deps.settings.data / "spool" / API
        return JSONResponse({"replayed": await asyncio.to_thread(dead_letters.replay, self.deps.store, spool, asked.site, asked.reason)})

    async def forget(self, request: Request) -> Response:
        """Answers when the rows are gone, and the parts that held them."""
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return Response(await asyncio.to_thread(forgotten, self.deps, asked), media_type="application/json")

    async def erasures(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return JSONResponse({"erasures": await asyncio.to_thread(self.deps.eraser.entries, asked.site)})

    async def export_person(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return Response(await asyncio.to_thread(exported, self.deps, asked), media_type="application/json")


def endpoints(deps: Deps, sessionizer: Sessionizer | None) -> list[BaseRoute]:
    it = Asked(deps, sessionizer)
    handlers = (it.rows, it.rebuild, it.migrations, it.dead, it.replay, it.forget, it.erasures, it.export_person)
    return [Route(f"/internal/{each.__name__.replace('_', '-')}", local_only(deps, each), methods=["POST"]) for each in handlers]


def local_only(deps: Deps, handler: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if not access.is_local(deps, request.headers.get("authorization", "")):
            return problem(401, "unauthorized", "This address is for commands on this machine")
        try:
            return await handler(request)
        except BadInput as error:
            return problem(400, "bad_input", str(error))
        except StoreDown as error:
            return problem(503, "store_down", str(error))

    return guarded


def problem(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, {"Retry-After": "1"} if status == 503 else None)
