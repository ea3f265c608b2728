"""The public door: POST /v1/events to the spool, GET /t.js, the demo shop. No ClickHouse in here.

in   batches from browsers
out  202 once the good events are on disk; a refusal with its reason for each other one
The hot route is a plain ASGI callable in front of the Starlette app (CLICKHOUSE.md 5: twice the requests).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

import snippet
from tracker import event, scrub
from tracker.clock import Clock
from tracker.cookieless import Cookieless
from tracker.errors import SpoolError
from tracker.event import Receipt, Refused
from tracker.guard import network
from tracker.limits import Buckets
from tracker.settings import Settings
from tracker.sites import Site, SiteBook
from tracker.spool import Spool

CONTENT_TYPES = (b"text/plain", b"application/json")
RETRY_AFTER_S = 10
BURST_S = 5
LOOPBACK = ("127.0.0.1", "::")  # the /64 of ::1; a proxy on this machine that is not trusted would else stand for everybody

log = logging.getLogger("tracker.collector")

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    accepted: int
    refused: list[event.Refusal]


class Door:
    """POST /v1/events. `counts` adds up what happened: accepted, cut, and a `refused:reason` each."""

    def __init__(self, settings: Settings, sites: SiteBook, spool: Spool, cookieless: Cookieless, clock: Clock) -> None:
        self.settings, self.sites, self.spool, self.cookieless, self.clock = settings, sites, spool, cookieless, clock
        self.counts: Counter[str] = Counter()
        self.by_address = Buckets(settings.address_requests_per_s, settings.address_requests_per_s * BURST_S, time.monotonic)
        self.by_site = Buckets(settings.site_events_per_s, settings.site_events_per_s * BURST_S, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        allowed = self.sites.knows_origin(origin.decode("latin-1"))  # until the batch names its site
        try:
            if scope["method"] == "OPTIONS":
                await answer(send, 204, b"", preflight(origin if allowed else b""))
                return
            if scope["method"] != "POST":
                raise Refused(405, "method_not_allowed", "Send batches with POST")
            self.admit_address(scope)
            body = await self.body(headers, receive)
            batch = event.decode(body, self.settings.events_max)
            site = self.site(batch.site)
            allowed = admits(site, origin)
            if not allowed:
                page = origin.decode("latin-1")[:128]
                raise Refused(403, "origin_refused", f"Pages of {page} may not send to this site; add it with `tracker site set --origin`")
            self.admit_events(site, len(batch.events))
            parsed = event.parse(batch.events, self.receipt(site, batch, headers, scope))
            if parsed.rows:
                await self.keep(parsed.rows)
        except Refused as refused:
            self.counts[f"refused:{refused.code}"] += 1
            extra = [(b"allow", b"POST, OPTIONS")] if refused.status == 405 else []
            await answer(send, refused.status, error_body(refused), [*cors(origin if allowed else b"", refused.retry_after_s), *extra])
            return
        self.counts["accepted"] += len(parsed.rows)
        self.counts["cut"] += parsed.cuts
        for refusal in parsed.refusals:
            self.counts[f"refused:{refusal.reason}"] += 1
        await answer(send, 202, _encode(Answer(len(parsed.rows), parsed.refusals)), cors(origin, None))

    async def body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        kind = headers.get(b"content-type", b"text/plain").split(b";", 1)[0].strip().lower()
        if kind not in CONTENT_TYPES:
            raise Refused(415, "content_type", f"Content-Type is {kind.decode('latin-1')[:64]!r}; send text/plain or application/json")
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.settings.body_max_bytes:
            raise too_large(self.settings.body_max_bytes)
        body = await read(receive, self.settings.body_max_bytes)
        encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        if encoding == b"gzip":
            return inflated(body, self.settings.inflated_max_bytes)
        if encoding not in (b"identity", b""):
            raise Refused(415, "content_encoding", f"Content-Encoding is {encoding.decode('latin-1')[:32]!r}; send gzip or none")
        return body

    def admit_address(self, scope: Scope) -> None:
        """A flood from one address is turned away before its body is read."""
        address = network(scope["client"][0]) if scope.get("client") else ""
        if address not in LOOPBACK and (wait_s := self.by_address.wait_s(address)):
            raise Refused(429, "too_many_requests", "This address sends too many batches; wait and send larger ones", math.ceil(wait_s))

    def admit_events(self, site: Site, events: int) -> None:
        if wait_s := self.by_site.wait_s(site.name, events):
            raise Refused(429, "too_many_events", "This site sends more events than it may; wait and send them again", math.ceil(wait_s))

    def site(self, site_key: str) -> Site:
        site = self.sites.by_key(site_key)
        if site is None and site_key.startswith("sk_"):
            log.warning("A page sent the secret key %s… to the public door. Revoke it (tracker key revoke) and use the site key.", site_key[:11])
            raise Refused(403, "secret_key", "This is a secret key. Revoke it, and put the public site key (pk_…) in the page")
        if site is None:
            raise Refused(403, "site_unknown", "No site has this key; copy the tag line from the Install page")
        return site

    def receipt(self, site: Site, batch: Any, headers: dict[bytes, bytes], scope: Scope) -> Receipt:
        now_ms = self.clock.now_ms()
        address = scope["client"][0] if scope.get("client") else ""
        ua = headers.get(b"user-agent", b"").decode("latin-1")[:512]
        visitor = (batch.visitor or "").strip()
        if len(visitor) > event.LENGTHS["visitor"]:
            raise Refused(400, "visitor_invalid", f"`visitor` has {len(visitor)} characters; send at most {event.LENGTHS['visitor']}")
        cookieless = not visitor or batch.gpc or headers.get(b"sec-gpc") == b"1"
        if cookieless:
            visitor = self.cookieless.visitor_id(site.name, address, ua, now_ms)
        return Receipt(
            site=site, received_ms=now_ms, visitor_id=visitor, cookieless=cookieless, ip=scrub.ip(address), ua=ua, sent_ms=batch.sent_at,
            tag_version=min(max(batch.v, 0), 255), webdriver=batch.webdriver, page=batch.page,
        )  # fmt: skip

    async def keep(self, rows: list[event.EventRow]) -> None:
        try:
            await self.spool.append([_encode(row) for row in rows])
        except SpoolError as error:
            raise Refused(503, "spool_full", str(error), RETRY_AFTER_S) from None


def admits(site: Site, origin: bytes) -> bool:
    """Exact match. A request without Origin is no browser's cross-site post; Origin is a filter for noise, not a proof of anything."""
    return not origin or origin.decode("latin-1") in site.origins


def too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"The body is larger than {limit} bytes; send smaller batches")


async def read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "disconnected", "The sender went away in the middle of the body")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def inflated(body: bytes, limit: int) -> bytes:
    """Unpacks one gzip member in bounded memory."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(400, "not_gzip", "Content-Encoding says gzip, the body is something else") from None
    if len(text) > limit:
        raise too_large(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise Refused(400, "not_gzip", "The gzip body is cut short, or something follows it")
    return text


Headers = list[tuple[bytes, bytes]]
ALWAYS = ((b"content-type", b"application/json"), (b"vary", b"Origin"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def cors(origin: bytes, retry_after_s: int | None) -> Headers:
    headers: Headers = [*ALWAYS]
    if origin:
        headers.append((b"access-control-allow-origin", origin))
    if retry_after_s is not None:
        headers += [(b"retry-after", str(retry_after_s).encode()), (b"access-control-expose-headers", b"Retry-After")]
    return headers


def preflight(origin: bytes) -> Headers:
    return [*cors(origin, None), (b"access-control-allow-methods", b"POST"), (b"access-control-allow-headers", b"Content-Type, Content-Encoding"),
            (b"access-control-max-age", b"86400")]  # fmt: skip


def error_body(refused: Refused) -> bytes:
    return _encode({"error": {"code": refused.code, "message": refused.message}})


async def answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


class Collector:
    """The whole public port: the hot door first, everything else by Starlette's router."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        data = settings.data
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sites = SiteBook(data / "sites.json")
        self.spool = Spool(
            data / "spool" / "collect",
            segment_max_bytes=settings.segment_max_bytes, segment_max_ms=settings.segment_max_ms, spool_max_bytes=settings.spool_max_bytes,
        )  # fmt: skip
        self.door = Door(settings, self.sites, self.spool, Cookieless(data / "salt.json"), clock)
        routes = [*tag_routes(), *self.health_routes()]
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
        """Changed rules of a known site are noticed within a second."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)
            self.sites.refresh()

    def health_routes(self) -> list[BaseRoute]:
        async def healthz(request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def readyz(request: Request) -> Response:
            try:
                await asyncio.to_thread(self.spool.check_room)
            except SpoolError as error:
                return JSONResponse({"status": "degraded", "reason": str(error)}, 503, {"Retry-After": str(RETRY_AFTER_S)})
            return JSONResponse({"status": "ready"})

        return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def refused_elsewhere(request: Request, error: Exception) -> Response:
    """What is not found or not allowed beside the hot door, in the same words as there."""
    assert isinstance(error, HTTPException)
    told = {"code": error.detail.lower().replace(" ", "_"), "message": f"{error.detail}: {request.method} {request.url.path[:200]}"}
    return JSONResponse({"error": told}, error.status_code, error.headers)


def tag_routes() -> list[BaseRoute]:
    tag = snippet.tag()
    common = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding", "ETag": tag.etag}

    def served(cache_control: str, request: Request) -> Response:
        headers = {**common, "Cache-Control": cache_control}
        if request.headers.get("if-none-match") == tag.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(tag.gzip, media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})
        return Response(tag.body, media_type="text/javascript", headers=headers)

    async def latest(request: Request) -> Response:
        return served("public, max-age=3600", request)

    async def versioned(request: Request) -> Response:
        if request.path_params["name"] != tag.name:
            return JSONResponse({"error": {"code": "not_found", "message": f"This server has /t/{tag.name}.js"}}, 404)
        return served("public, max-age=31536000, immutable", request)

    return [Route("/t.js", latest), Route("/t/{name}.js", versioned)]
