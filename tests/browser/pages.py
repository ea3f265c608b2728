"""What browser tests share beside fixtures: a recording door, small pages with the tag in them, and a visitor who looks and moves.

The recorder is a real HTTP door of its own (a list instead of a spool), so that a test sees exactly what the tag sends.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

import snippet
from tracker.demo import demo_routes

SITE_KEY = "pk_test"
Json = dict[str, Any]


@dataclass
class Recorder:
    """Every batch that arrives, and the answers it gets: `answers` are used up in order, then it is 202; `offers` come with each."""

    batches: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    offers: list[Json] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    async def door(self, request: Request) -> Response:
        batch = json.loads(await request.body())
        with self._arrived:
            self.batches.append(batch)
            self.headers.append(dict(request.headers))
            status, headers = self.answers.pop(0) if self.answers else (202, {})
            self._arrived.notify_all()
        allow = {"Access-Control-Allow-Origin": request.headers.get("origin", "*"), "Access-Control-Expose-Headers": "Retry-After"}
        answer = {"accepted": len(batch["events"]), "refused": []} | ({"offers": self.offers} if self.offers else {})
        return JSONResponse(answer, status, {**allow, **headers})

    def events(self, type: str = "", **fields: Any) -> list[Json]:  # noqa: A002 - the word of the wire
        """The events so far, of this type and with these values, in order of arrival; each once by its id, as the product counts them."""
        found: dict[str, Json] = {}
        for batch in list(self.batches):
            for event in batch["events"]:
                found.setdefault(event["id"], event)
        wanted = fields | ({"type": type} if type else {})
        return [event for event in found.values() if all(event.get(key) == value for key, value in wanted.items())]

    async def until(self, condition: Callable[[Recorder], Any], within_s: float = 60.0) -> Any:
        """Waits until the condition holds and gives its value; fails with what did arrive."""

        def wait() -> Any:
            with self._arrived:
                return self._arrived.wait_for(lambda: condition(self), within_s)

        value = await asyncio.to_thread(wait)
        assert value, f"not within {within_s} s; arrived: {json.dumps(self.batches, indent=1)}"
        return value

    async def event(self, type: str, **fields: Any) -> Json:  # noqa: A002 - the word of the wire
        """The newest event of this type with these values, as soon as there is one."""
        found: list[Json] = await self.until(lambda recorder: recorder.events(type, **fields))
        return found[-1]


@dataclass
class Web:
    """A small web of its own: the tag at /t.js, the demo shop at /demo/, `pages` at their paths, the recorder at /v1/events."""

    recorder: Recorder = field(default_factory=Recorder)
    pages: dict[str, str] = field(default_factory=dict)
    url: str = ""
    port: int = 0

    def app(self) -> Starlette:
        async def tag(request: Request) -> Response:
            return Response(snippet.tag().body, media_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})

        async def page(request: Request) -> Response:
            text = self.pages.get(request.url.path)
            return HTMLResponse(text or "<!doctype html><title>nothing here</title>", 200 if text else 404)

        return Starlette(routes=[
            Route("/t.js", tag), Route("/t/{name}.js", tag), Route("/shop/tag/t.js", tag),
            Route("/v1/events", self.recorder.door, methods=["POST"]), Route("/shop/tag/v1/events", self.recorder.door, methods=["POST"]),
            Mount("/demo", routes=demo_routes(SITE_KEY)), Route("/{path:path}", page),
        ])  # fmt: skip

    def page(self, body: str, path: str = "/page", tag: str = "", src: str = "/t.js", before: str = "") -> str:
        """Puts a page with the tag at `path`; gives its address. `tag` are further attributes of the tag's script element."""
        self.pages[path] = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{path}</title>{before}'
            f'<script async src="{src}" data-site="{SITE_KEY}" {tag}></script></head><body style="margin:0">{body}</body></html>'
        )
        return self.url + path


AnyWeb = TypeVar("AnyWeb", bound=Web)


@contextmanager
def serving(web: AnyWeb) -> Iterator[AnyWeb]:
    """The web on a free loopback port, in a thread, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(web.app(), port=0, log_level="warning", ws="none", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, name="test web")
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        thread.join(0.01)
    assert server.started, "the test web did not start"
    web.port = server.servers[0].sockets[0].getsockname()[1]
    web.url = f"http://127.0.0.1:{web.port}"
    try:
        yield web
    finally:
        server.should_exit = True
        thread.join(60)


# Whether the tag was there before the page was, as it may be on a busy machine: then it looks for the rest of the page by a timeout.
EARLY = "document.addEventListener('readystatechange', () => { window.early ??= !!(window.tracker && tracker.version); });"
LOOKS_MS = 200


@dataclass
class Visitor:
    """A person at a page. Time in the page is a clock the test moves, so that looking for a second takes none."""

    page: Page
    web: Web
    _clock_stands: bool = False

    async def open(self, address: str) -> None:
        if not self._clock_stands:
            start = datetime.now(UTC)
            await self.page.clock.install(time=start)
            await self.page.clock.pause_at(start + timedelta(seconds=1))
            await self.page.add_init_script(EARLY)
            self._clock_stands = True
        await self.page.goto(address)
        await self.page.wait_for_function("window.tracker && window.tracker.version")
        if await self.page.evaluate("early"):
            await self.page.clock.run_for(LOOKS_MS)

    async def look(self, ms: int) -> None:
        """Lets the time pass after the browser has drawn what there is to see."""
        await self.drawn()
        await self.page.clock.run_for(ms)

    @asynccontextmanager
    async def answered(self) -> AsyncIterator[None]:
        """What is sent within is answered, and the page has heard it: only then does the time begin that it waits."""
        async with self.page.expect_response("**/v1/events") as answer:
            yield
        await (await answer.value).finished()
        await self.look(100)

    async def drawn(self) -> None:
        await self.page.evaluate(
            "() => new Promise(done => { const io = new IntersectionObserver(() => { io.disconnect(); done(); }); io.observe(document.body); })"
        )

    async def scroll(self, top: int) -> None:
        """The tag has the browser look at what is in view every 100 ms: of the browser's time, which no test moves."""
        await self.page.evaluate(
            "async top => { scrollTo(0, top); const drawn = () => new Promise(done => {"
            " const io = new IntersectionObserver(([entry]) => { io.disconnect(); done(entry.time); }); io.observe(document.body); });"
            " for (const start = await drawn(); await drawn() < start + 100;); }",
            top,
        )

    async def hover(self, selector: str, ms: int) -> None:
        await self.page.hover(selector)
        await self.page.clock.run_for(ms)

    async def leave(self) -> None:
        await self.page.goto("about:blank")

    async def hide(self, hidden: bool = True) -> None:
        """Another tab comes to the front, or goes again."""
        await self.page.evaluate(
            "hidden => { for (const [name, value] of [['hidden', hidden], ['visibilityState', hidden ? 'hidden' : 'visible']])"
            " Object.defineProperty(document, name, {configurable: true, get: () => value});"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )
