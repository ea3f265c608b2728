"""/internal: the command line's way to the store while `serve` holds it. Only for this machine's owner, by the local token.

The commands are those of tracker/registry.py, as JSON in and JSON out: POST /internal/site/add and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from profiles import access
from profiles.deps import Deps
from profiles.operations import read_body
from profiles.problems import Problem, reply
from tracker import registry
from tracker.errors import BadInput, StoreDown


def routes(deps: Deps) -> list[Route]:
    made = [Route(f"/internal/{command}", command_endpoint(deps, command), methods=["POST"]) for command in registry.COMMANDS]
    made += [
        Route("/internal/sites", list_endpoint(deps, "site/list"), methods=["GET"]),
        Route("/internal/keys", list_endpoint(deps, "key/list"), methods=["GET"]),
        Route("/internal/login-link", link_endpoint(deps), methods=["POST"]),
    ]
    for route in made:
        route.methods = (route.methods or set()) - {"HEAD"}
    return made


def command_endpoint(deps: Deps, command: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await guarded(deps, request, lambda given: registry.run(deps.registry, command, given), await given_by(deps, request))

    return endpoint


def list_endpoint(deps: Deps, command: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await guarded(deps, request, lambda given: registry.run(deps.registry, command, given), dict(request.query_params))

    return endpoint


def link_endpoint(deps: Deps) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await guarded(deps, request, lambda given: {"token": deps.login.issue()}, {})

    return endpoint


async def given_by(deps: Deps, request: Request) -> dict[str, Any]:
    """The body of a command: an object, or nothing. A stranger's body is not read."""
    if not access.is_local(deps, request.headers.get("authorization", "")):
        return {}
    try:
        return msgspec.json.decode(await read_body(request) or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body should be a JSON object") from None


async def guarded(deps: Deps, request: Request, action: Callable[[dict[str, Any]], Any], given: dict[str, Any]) -> Response:
    if not access.is_local(deps, request.headers.get("authorization", "")):
        raise Problem(401, "local_only", "This address is for the command line on this machine", headers=access.CHALLENGE)
    try:
        return reply(await to_thread.run_sync(action, given, limiter=deps.threads))
    except BadInput as bad:
        raise Problem(400, "bad_input", str(bad)) from None
    except StoreDown as down:
        raise Problem(503, "store_down", str(down), headers={"Retry-After": "2"}) from None
