"""How one operation of the API runs: key, parameters and body in, an answer or a problem out.

in   an Operation (declared in api.py), a request
out  the reply; the same declarations make the routes and the OpenAPI document
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from profiles import access, params
from profiles.answers import Accepted
from profiles.deps import Deps
from profiles.metrics import Metrics
from profiles.problems import Problem, reply
from profiles.slashes import whole
from tracker.errors import SpoolFull, StoreDown, StoreRefused
from tracker.ledger import Tally
from tracker.registry import Access
from tracker.sites import Site

BODY_MAX_BYTES = 256 * 1024
RETRY_AFTER_S = "2"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its key checked and its parameters read."""

    deps: Deps
    access: Access
    site: Site
    path: dict[str, str]
    query: dict[str, Any]
    accept: str
    body: bytes
    now_ms: int
    headers: Headers


@dataclass(frozen=True, slots=True)
class Append:
    """An answer that may be given once these rows are on disk."""

    rows: list[bytes]
    answer: Accepted
    status: int = 202


@dataclass(frozen=True, slots=True)
class Operation:
    """`run` is called in a thread and returns an answer type, an Append or a Response. One that appends has status 202 and counts in the ledger."""

    method: Literal["GET", "PUT", "POST", "DELETE"]
    path: str
    scope: str
    summary: str
    run: Callable[[Call], Any]
    answer: Any
    parameters: Sequence[params.Parameter] = ()
    body: tuple[Any, ...] = ()  # what it may be; of two kinds, an array of them as well
    problems: Sequence[int] = ()
    csv: bool = False
    status: int = 200
    media: str = "application/json"


def routes(operations: Sequence[Operation], deps: Deps, metrics: Metrics) -> list[Route]:
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [route(path, methods, deps, metrics) for path, methods in by_path.items()]


def route(path: str, methods: dict[str, Operation], deps: Deps, metrics: Metrics) -> Route:
    async def endpoint(request: Request) -> Response:
        begun = time.perf_counter()
        response = await answer(methods[request.method], request, deps)
        metrics.note(path, request.method, response.status_code, time.perf_counter() - begun)
        return response

    made = Route(path, endpoint, methods=list(methods))
    made.methods = set(methods)  # without the HEAD that comes with every GET: a profile is not probed for
    return made


async def answer(operation: Operation, request: Request, deps: Deps) -> Response:
    try:
        opened = await to_thread.run_sync(access.opened, deps, request.headers.get("authorization", ""), operation.scope, limiter=deps.threads)
        try:
            body = await read_body(request) if operation.body else b""
            answered = await to_thread.run_sync(run, operation, request, deps, opened, body, limiter=deps.threads)
        except Problem as problem:
            if operation.status == 202:
                deps.note(refused_whole(opened.site, problem.code))
            raise
        return await finished(answered, deps, opened.site)
    except Problem as problem:
        return problem.reply()
    except SpoolFull as full:
        return Problem(503, "spool_full", str(full), headers={"Retry-After": RETRY_AFTER_S}).reply()
    except StoreDown as down:
        return Problem(503, "store_down", f"The database does not answer: {down}", headers={"Retry-After": RETRY_AFTER_S}).reply()
    except StoreRefused as refused:
        return Problem(500, "store_refused", f"The database refused the query, code {refused.code}").reply()


def run(operation: Operation, request: Request, deps: Deps, opened: Access, body: bytes) -> Any:
    call = Call(
        deps, opened, deps.registry.sites()[opened.site], whole(request.path_params), params.read(request.query_params, operation.parameters),
        request.headers.get("accept", ""), body, deps.clock.now_ms(), request.headers,
    )  # fmt: skip
    answered = operation.run(call)
    return answered if isinstance(answered, Response | Append) else reply(answered, operation.status)


async def finished(answered: Response | Append, deps: Deps, site: str) -> Response:
    if isinstance(answered, Response):
        return answered
    tally = tally_of(site, answered.answer)
    if not answered.rows:
        deps.note(tally)
        return reply(answered.answer, answered.status)
    try:
        await deps.append(answered.rows, tally)
    except SpoolFull:
        deps.note(refused_whole(site, "spool_full", tally[site, "received", ""]))
        raise
    return reply(answered.answer, answered.status)


def tally_of(site: str, answer: Accepted) -> Tally:
    tally: Tally = Counter((site, "refused", refusal.reason) for refusal in answer.refused)
    tally[site, "received", ""] = answer.accepted + len(answer.refused)
    tally[site, "accepted", ""] = answer.accepted
    return tally


def refused_whole(site: str, reason: str, events: int = 1) -> Tally:
    return Counter({(site, "received", ""): events, (site, "refused", reason): events})


async def read_body(request: Request) -> bytes:
    """JSON of at most 256 KiB; a body that says nothing about itself is taken as JSON."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "not_json", f"The body is {kind[:80]!r}; send it as application/json, not compressed")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise Problem(413, "body_too_large", f"The body has more than {BODY_MAX_BYTES} bytes; send it in parts")
    return bytes(body)
