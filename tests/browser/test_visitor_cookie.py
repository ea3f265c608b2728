"""Where the collector is on the shop's own site: the cookie it sets outlives what a script stores, and goes when it must."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from profiles.views.install import tag_line
from tests.browser.pages import Web, serving
from tests.faults.door import Door
from tests.product import until
from tracker.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAYS = 86_400


@pytest.fixture
def shop() -> Iterator[Web]:
    """The same pages at www.shop.localhost, shop.localhost and elsewhere.localhost, all of them this machine."""
    with serving(Web()) as shop:
        yield shop


@pytest.fixture
def door(shop: Web, tmp_path: Path) -> Iterator[Door]:
    """A collector at t.shop.localhost."""
    origins = tuple(f"http://{host}.localhost:{shop.port}" for host in ("www.shop", "shop", "elsewhere"))
    door = Door(tmp_path, (Site(name="shop", site_key="pk_shop", origins=origins, cookie_domain="shop.localhost"),))
    shop.pages["/page"] = f"<!doctype html><title>Shop</title>{tag_line(f'http://t.shop.localhost:{door.port}', 'pk_shop')}<h1>Espresso X1</h1>"
    yield door
    door.stop()


async def visit(page: Page, shop: Web, door: Door, host: str = "www.shop", before: str = "", known: bool = True) -> dict[str, Any]:
    """Opens the page, does `before`, leaves; the page view of a visitor who is known, or of one who must not be, as stored."""
    before_it = {row["event_id"] for row in door.rows()}
    await page.goto(f"http://{host}.localhost:{shop.port}/page")
    await page.wait_for_function("window.tracker && window.tracker.version")
    if before:
        await page.evaluate(before)
    await page.goto("about:blank")

    def new() -> list[dict[str, Any]]:
        views = [row for row in door.rows() if row["type"] == "page_view" and row["event_id"] not in before_it]
        return [row for row in views if row.get("cookieless", False) != known]

    return dict((await asyncio.to_thread(until, new, what="the page view"))[-1])


async def cookies(context: BrowserContext) -> list[dict[str, Any]]:
    return [dict(cookie) for cookie in await context.cookies() if cookie["name"] == "tracker.visitor"]


async def held(page: Page, context: BrowserContext, shop: Web, door: Door, count: int) -> list[dict[str, Any]]:
    """The cookies of the tag, once there are so many. A busy browser may end a page before its beacon is out: then the next page left brings it."""
    for turn in range(200):
        found = await cookies(context)
        if len(found) == count:
            return found
        if turn % 40 == 39:
            await visit(page, shop, door, known=bool(count))
        await asyncio.sleep(0.05)
    raise AssertionError(f"{await cookies(context)}; {door.log()}")


async def test_the_visitor_is_known_again_when_the_browser_forgot_what_scripts_stored(
    page: Page, context: BrowserContext, shop: Web, door: Door
) -> None:
    first = await visit(page, shop, door)
    (cookie,) = await held(page, context, shop, door, 1)
    assert (cookie["domain"], cookie["value"], cookie["sameSite"]) == (".shop.localhost", first["visitor_id"], "Lax")
    now_s = first["received_at"]
    assert 394 * DAYS < cookie["expires"] - now_s < 396 * DAYS
    again = await visit(page, shop, door, before="localStorage.clear()")
    after = await visit(page, shop, door)
    other_host = await visit(page, shop, door, host="shop")
    assert {row["visitor_id"] for row in (again, after, other_host)} == {first["visitor_id"]}
    assert (await cookies(context))[0]["expires"] == cookie["expires"], "never renewed"


async def test_whoever_says_no_loses_it(page: Page, context: BrowserContext, shop: Web, door: Door) -> None:
    first = await visit(page, shop, door)
    await held(page, context, shop, door, 1)
    refused = await visit(page, shop, door, before="tracker('consent', 'denied')", known=False)
    later = await visit(page, shop, door, known=False)
    await held(page, context, shop, door, 0)  # with the next beacon at the latest
    assert first["visitor_id"] not in {refused["visitor_id"], later["visitor_id"]}


async def test_without_consent_there_is_none(page: Page, context: BrowserContext, shop: Web, door: Door) -> None:
    shop.pages["/page"] = shop.pages["/page"].replace("<script async", '<script async data-consent="required"')
    for _ in range(2):
        await visit(page, shop, door, known=False)
    assert await cookies(context) == []
    granted = await visit(page, shop, door, before="tracker('consent', 'granted')")
    assert (await held(page, context, shop, door, 1))[0]["value"] == granted["visitor_id"]


async def test_a_page_of_another_site_gets_none(page: Page, context: BrowserContext, shop: Web, door: Door) -> None:
    row = await visit(page, shop, door, host="elsewhere")
    again = await visit(page, shop, door, host="elsewhere")
    assert row["visitor_id"] == again["visitor_id"], "kept by the script, as ever"
    assert await cookies(context) == []
