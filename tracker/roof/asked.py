"""What the command line asks of a running store beside sites and keys (those are in profiles/internal.py).

in   requests to /internal/… with this machine's token (tracker/roof/remote.py sends them)
out  JSON
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from profiles.deps import Deps
from sessionizer.loop import Sessionizer
from tracker.contents import admitted
from tracker.dead_letters import replay, shown, summary
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


def endpoints(deps: Deps, sessionizer: Sessionizer | None) -> list[BaseRoute]:
    async def rows(request: Request) -> Response:
        """Ready event rows of `tracker import`, NDJSON, through the API's own spool."""
        body = await request.body()
        if len(body) > ROWS_MAX_BYTES:
            return problem(413, "too_large", f"More than {ROWS_MAX_BYTES} bytes of rows")
        lines = body.splitlines()
        try:
            await deps.append(lines, admitted(lines))
        except SpoolFull as error:
            return problem(503, "spool_full", str(error))
        return JSONResponse({"accepted": len(lines)}, 202)

    async def rebuild(request: Request) -> Response:
        """Answers when all is done; ticks go on meanwhile."""
        asked = msgspec.json.decode(await request.body(), type=Rebuild)
        if sessionizer is None:
            raise BadInput("`tracker sessionize` runs on this data folder. End it, rebuild, and start it again")
        return JSONResponse({"rebuilt": await asyncio.to_thread(asked.by, sessionizer, deps.registry)})

    async def migrations(request: Request) -> Response:
        return JSONResponse({"applied": sorted(await asyncio.to_thread(applied, deps.store))})

    async def dead(request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Dead)
        return JSONResponse({"letters": shown(await asyncio.to_thread(summary, deps.store, asked.site, asked.reason, asked.limit))})

    async def replay_letters(request: Request) -> Response:
        """Answers when they are in the API's spool, and no letters any more."""
        asked = msgspec.json.decode(await request.body(), type=Dead)
        return JSONResponse({"replayed": await asyncio.to_thread(replay, deps.store, deps.settings.data / "spool" / API, asked.site, asked.reason)})

    async def forget(request: Request) -> Response:
        """Answers when the rows are gone, and the parts that held them."""
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return Response(await asyncio.to_thread(forgotten, deps, asked), media_type="application/json")

    async def forgotten_people(request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return JSONResponse({"erasures": await asyncio.to_thread(deps.eraser.entries, asked.site)})

    async def export_person(request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=Whom)
        return Response(await asyncio.to_thread(exported, deps, asked), media_type="application/json")

    handlers: dict[str, Endpoint] = {"rows": rows, "rebuild": rebuild, "migrations": migrations, "dead": dead, "replay": replay_letters}
    handlers |= {"forget": forget, "erasures": forgotten_people, "export-person": export_person}
    return [Route(f"/internal/{name}", local_only(deps, handler), methods=["POST"]) for name, handler in handlers.items()]


def local_only(deps: Deps, handler: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), deps.local_token.encode()):
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
