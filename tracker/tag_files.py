"""The tag as the public port serves it: the newest at /t.js, each one by its name, packed as the browser can unpack it.

in   the tags of snippet/; requests
out  routes
A pinned name keeps its bytes for ever. One that looks like a pinned name and is not known here is answered with the newest tag, to be asked for anew
each time: a page without `integrity` goes on, one with it is protected by the browser, and a machine that is updated later than its neighbour heals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import snippet
from snippet import Tag

NEWEST = "public, max-age=3600"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
PINNED = re.compile(r"\d+\.\d+\.\d+-[0-9a-f]{12}")


def tag_routes(kept: Mapping[str, Tag] | None = None) -> list[BaseRoute]:
    newest, by_name = snippet.tag(), snippet.kept() if kept is None else kept

    async def latest(request: Request) -> Response:
        return served(newest, NEWEST, request)

    async def pinned(request: Request) -> Response:
        name = request.path_params["name"]
        if name in by_name:
            return served(by_name[name], FOR_EVER, request)
        if PINNED.fullmatch(name):
            return served(newest, ASK_EACH_TIME, request)
        return JSONResponse({"error": {"code": "not_found", "message": f"This server has /t/{newest.name}.js"}}, 404)

    return [Route("/t.js", latest), Route("/t/{name}.js", pinned)]


def served(tag: Tag, cache_control: str, request: Request) -> Response:
    headers = {
        "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding", "ETag": tag.etag,
        "Cache-Control": cache_control,
    }  # fmt: skip
    if tag.etag.removeprefix("W/") in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    wanted = encodings(request.headers.get("accept-encoding", ""))
    for name, packed in (("br", tag.brotli), ("gzip", tag.gzip)):
        if packed and name in wanted:
            return Response(packed, media_type="text/javascript", headers={**headers, "Content-Encoding": name})
    return Response(tag.body, media_type="text/javascript", headers=headers)


def encodings(accept: str) -> set[str]:
    """What a browser says it can unpack: "gzip, br;q=0.5, zstd;q=0" -> gzip, br."""
    named = (each.partition(";") for each in accept.lower().split(","))
    return {name.strip() for name, _, weight in named if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)}
