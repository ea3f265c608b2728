"""Browsers for tests: one Chromium for the whole run, a fresh profile per test, and a page whose errors fail the test.

Tests that use these run on one event loop: `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser.engines import CHROMIUM_ARGS, chromium
from tests.browser.pages import Recorder, Visitor, Web, serving

PATIENCE_MS = 60_000  # for a browser on a machine that does a lot beside it
expect.set_options(timeout=PATIENCE_MS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own: nothing is remembered from another test."""
    context = await browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page in which no script may throw."""
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await page.close()
    assert errors == []


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as web:
        yield web


@pytest.fixture
def recorder(web: Web) -> Recorder:
    return web.recorder


@pytest.fixture
def visitor(page: Page, web: Web) -> Visitor:
    return Visitor(page, web)
