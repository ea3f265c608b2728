"""The tag as the collector serves it, in Chromium: packed, pinned by its hash from another host, and under a path of the shop's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page
from playwright.async_api import Response as Answer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import snippet
from profiles.views.install import pinned_line, tag_line
from tests.browser.pages import Web, serving
from tests.faults.door import Door
from tests.product import PATIENCE_S, until
from tracker.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

VISITOR = "203.0.113.77"  # as the proxy sees it


@dataclass
class Shop(Web):
    """Pages under a strict policy, and a proxy: /see/… goes to the collector without /see and without cookies, as docs/tag.md has it."""

    policy: str = ""
    collector: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)  # headers of what was handed on

    def app(self) -> Starlette:
        async def page(request: Request) -> HTMLResponse:
            return HTMLResponse(self.pages.get(request.url.path, ""), headers={"Content-Security-Policy": self.policy, "Set-Cookie": "cart=secret"})

        async def handed_on(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name not in ("cookie", "host", "connection", "content-length")}
            self.asked.append(headers | {"path": request.path_params["path"]})
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(httpx.AsyncClient(base_url=self.collector, trust_env=False, timeout=PATIENCE_S))
                asked = client.build_request(
                    request.method, "/" + request.path_params["path"], content=await request.body(), headers=headers | {"X-Forwarded-For": VISITOR}
                )
                answer = await client.send(asked, stream=True)
                stack.push_async_callback(answer.aclose)
                body = b"".join([piece async for piece in answer.aiter_raw()])
            return Response(body, answer.status_code, {name: value for name, value in answer.headers.items() if name != "content-length"})

        return Starlette(routes=[Route("/see/{path:path}", handed_on, methods=["GET", "POST"]), Route("/{path:path}", page)])

    def with_line(self, head: str) -> str:
        """The address of a page with this in its head."""
        self.pages["/page"] = f"<!doctype html><title>Shop</title>{head}<h1>Espresso X1</h1>"
        return f"{self.url}/page"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with serving(shop):
        yield shop


@pytest.fixture
def door(shop: Shop, tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path, (Site(name="shop", site_key="pk_shop", origins=(shop.url,)),), trusted_proxies="127.0.0.1")
    shop.collector = f"http://127.0.0.1:{door.port}"
    shop.policy = f"default-src 'none'; script-src {shop.collector}; connect-src {shop.collector}"
    yield door
    door.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def loaded(page: Page) -> list[Answer]:
    """The answers the page got for tags."""
    answers: list[Answer] = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.endswith(".js") else None)
    return answers


async def heard(page: Page, door: Door) -> dict[str, Any]:
    """The page view, once the page was left."""
    await page.wait_for_function("window.tracker && window.tracker.version")
    await page.goto("about:blank")
    rows = await asyncio.to_thread(until, lambda: [row for row in door.rows() if row["type"] == "page_view"], what="the page view")
    return dict(rows[0])


async def test_the_line_of_the_install_page_works_from_another_host_and_is_packed(page: Page, shop: Shop, door: Door, loaded: list[Answer]) -> None:
    await page.goto(shop.with_line(tag_line(shop.collector, "pk_shop")))
    assert (await heard(page, door))["url"] == f"{shop.url}/page"
    assert [(answer.status, answer.headers["content-encoding"]) for answer in loaded] == [(200, "br")]


async def test_a_pinned_tag_runs_under_a_strict_policy(page: Page, shop: Shop, door: Door, loaded: list[Answer]) -> None:
    await page.goto(shop.with_line(pinned_line(shop.collector, "pk_shop")))
    assert (await heard(page, door))["url"] == f"{shop.url}/page"
    assert loaded[0].url == f"{shop.collector}/t/{snippet.tag().name}.js"
    assert "immutable" in loaded[0].headers["cache-control"]


async def test_a_page_that_pins_a_tag_nobody_has_goes_on_without_it(page: Page, shop: Shop, door: Door, loaded: list[Answer]) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    gone = snippet.made(b"// of a build that was never released", "0.0.1-0123456789ab")
    line = pinned_line(shop.collector, "pk_shop").replace(snippet.tag().name, gone.name).replace(snippet.tag().sri, gone.sri)
    async with page.expect_event("console", lambda message: "integrity" in message.text):
        await page.goto(shop.with_line(line))
    assert await page.evaluate("typeof window.tracker") == "undefined"
    assert await page.inner_text("h1") == "Espresso X1"
    assert (loaded[0].status, loaded[0].headers["cache-control"]) == (200, "no-cache")
    await page.goto(shop.with_line(line.replace(f'integrity="{gone.sri}"', "")))
    assert (await heard(page, door))["url"] == f"{shop.url}/page"


@pytest.mark.parametrize("line", [tag_line, pinned_line])
async def test_under_a_path_of_the_shops_own_the_tag_sends_there_too(page: Page, shop: Shop, door: Door, loaded: list[Answer], line: Any) -> None:
    shop.policy = "default-src 'none'; script-src 'self'; connect-src 'self'"
    await page.goto(shop.with_line(line("/see", "pk_shop")))
    row = await heard(page, door)
    assert (row["url"], row["ip"]) == (f"{shop.url}/page", "203.0.113.0")
    assert loaded[0].url.startswith(f"{shop.url}/see/t")
    assert {each["path"] for each in shop.asked} == {loaded[0].url.removeprefix(f"{shop.url}/see/"), "v1/events"}
    assert [each for each in shop.asked if "cookie" in each] == []
