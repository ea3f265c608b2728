"""How a command reaches the store: through the admin port of a running `serve`, or by opening it itself.

in   DATA/serve.json, which a running store process writes: its address and a token for this machine's owner
out  answers of /internal/…
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
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
from tracker.roof.spools import API

ROWS_MAX_BYTES = 32 * 1024 * 1024
STARTING_S = 10.0


class Rebuild(msgspec.Struct):
    site: str
    from_day: date | None = None
    to_day: date | None = None
    dry_run: bool = False


class Dead(msgspec.Struct):
    site: str = ""
    reason: str = ""
    limit: int = 100


class Address(msgspec.Struct):
    url: str
    token: str
    pid: int


def write_address(data: Path, url: str, token: str) -> None:
    temporary = data / "serve.json.tmp"
    with open(temporary, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
        out.write(msgspec.json.encode(Address(url, token, os.getpid())))
    temporary.replace(data / "serve.json")


def read_address(data: Path) -> Address:
    """Waits a little: a `serve` that has just been started is still opening its database."""
    deadline = time.monotonic() + STARTING_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            return msgspec.json.decode((data / "serve.json").read_bytes(), type=Address)
        time.sleep(0.1)
    raise StoreDown(f"The store of {data} is in use by something that is no `serve`: another command may be at work. Try again when it is done.")


class Remote:
    """The admin port of the `serve` that holds this data folder."""

    def __init__(self, data: Path) -> None:
        address = read_address(data)
        patience = httpx.Timeout(60, read=None)  # a rebuild answers when it is done
        self._client = httpx.Client(base_url=address.url, headers={"Authorization": f"Bearer {address.token}"}, timeout=patience, trust_env=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Waits for the answer as long as it takes. Raises BadInput with the server's own words, StoreDown where it does not answer."""
        return self._send(method, path, content=msgspec.json.encode(body) if body is not None else None)

    def send_rows(self, lines: list[bytes]) -> None:
        """Durable when it returns; waits where the spool is full."""
        for attempt in range(60):
            try:
                self._send("POST", "/internal/rows", content=b"\n".join(lines))
            except SpoolFull:
                if attempt == 59:
                    raise
                time.sleep(1)
            else:
                return

    def _send(self, method: str, path: str, content: bytes | None) -> Any:
        try:
            reply = self._client.request(method, path, content=content)
        except httpx.HTTPError as error:
            raise StoreDown(f"The running `serve` does not answer at {self._client.base_url}: {error}") from error
        answer: Any = msgspec.json.decode(reply.content) if reply.content else None
        if reply.status_code == 503:
            raise SpoolFull(answer["error"]["message"])
        if reply.is_error:
            raise BadInput(answer["error"]["message"])
        return answer

    def close(self) -> None:
        self._client.close()


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoints(deps: Deps, sessionizer: Sessionizer | None) -> list[BaseRoute]:
    """What the command line asks of a running store beside sites and keys (those are in profiles/internal.py)."""

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
        deps.registry.site(asked.site)
        if sessionizer is None:
            raise BadInput("`tracker sessionize` runs on this data folder. End it, rebuild, and start it again")

        def run() -> str:
            return str(sessionizer.rebuild(asked.site, from_day=asked.from_day, to_day=asked.to_day, dry_run=asked.dry_run))

        return JSONResponse({"rebuilt": await asyncio.to_thread(run)})

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
