"""The admin app: the API, what watches it, /internal for the command line, and the pages the roof hands in.

in   Deps
out  a Starlette app
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from profiles import api, internal, openapi, operations
from profiles.deps import Deps
from profiles.metrics import Metrics
from profiles.problems import HEADERS, Problem, reply
from profiles.slashes import STAND_IN, Slashes
from tracker.errors import StoreDown
from tracker.failures import FAILURES

log = logging.getLogger(__name__)


def create_app(deps: Deps, pages: Sequence[BaseRoute] = ()) -> Starlette:
    metrics = Metrics(deps.health, deps.accounting)
    routes: list[BaseRoute] = [
        *operations.routes(api.OPERATIONS, deps, metrics), *open_routes(deps, metrics), *internal.routes(deps), *pages,
    ]  # fmt: skip
    handlers: dict[Any, Callable[[Request, Any], Any]] = {HTTPException: refused, Problem: problem, StoreDown: store_down, Exception: failed}
    app = Starlette(routes=routes, exception_handlers=handlers, middleware=[Middleware(Slashes)])
    app.state.deps = deps
    return app


def open_routes(deps: Deps, metrics: Metrics) -> list[Route]:
    """What needs no key: it tells nothing about anybody."""
    document = openapi.document(api.OPERATIONS)

    async def openapi_document(request: Request) -> Response:
        return reply(document)

    async def schema(request: Request) -> Response:
        found = openapi.schema(request.path_params["name"])
        if found is None:
            raise Problem(404, "not_found", f"There is no such schema; there are: {', '.join(openapi.SCHEMAS)}")
        return reply(found)

    async def healthz(request: Request) -> Response:
        return reply({"status": "ok"})

    async def readyz(request: Request) -> Response:
        found = deps.health()
        return reply({"ready": is_ready(found), **found}, 200 if is_ready(found) else 503)

    async def figures(request: Request) -> Response:
        return Response(await to_thread.run_sync(metrics.text, limiter=deps.threads), headers=HEADERS, media_type="text/plain; version=0.0.4")

    endpoints = dict(zip(openapi.OPEN_ROUTES, (openapi_document, schema, healthz, readyz, figures), strict=True))
    return [Route(path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()]


def is_ready(health: dict[str, Any]) -> bool:
    """The process's own word, else: all of its threads live."""
    return bool(health.get("ready", all(health.get("threads", {}).values())))


async def refused(request: Request, exception: HTTPException) -> Response:
    codes = {404: "not_found", 405: "method_not_allowed"}
    said = {404: f"There is nothing at {request.scope['path'].replace(STAND_IN, '/')[:200]}", 405: f"{request.method[:20]} is not answered here"}
    message = said.get(exception.status_code, exception.detail)
    return Problem(exception.status_code, codes.get(exception.status_code, "refused"), message, headers=exception.headers).reply()


async def problem(request: Request, exception: Problem) -> Response:
    return exception.reply()


async def store_down(request: Request, exception: StoreDown) -> Response:
    return Problem(503, "store_down", f"The database does not answer: {exception}", headers={"Retry-After": "2"}).reply()


async def failed(request: Request, exception: Exception) -> Response:
    FAILURES.note("api", exception)
    log.error("%s %s failed", request.method, request.url.path, exc_info=exception)
    return Problem(500, "internal", "Something went wrong here; the log of the process says what").reply()
