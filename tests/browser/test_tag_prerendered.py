"""Pages the browser kept or made in advance, as real browsers do it: the back/forward cache, and copies prerendered by speculation rules."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.browser.engines import CHROMIUM_ARGS, PERSON, chromium, running
from tests.browser.pages import Recorder, Web, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = '<script type="speculationrules">{"prerender": [{"urls": ["/shown", "/forgotten"], "eagerness": "immediate"}]}</script>'
GO = "<script>addEventListener('load', async () => { await fetch('/prerendered'); location = '/shown'; })</script>"
# A copy tells the server how it runs: when it has loaded, without a tag that has begun, and when it is shown.
COPY = """<script>
const how = () => document.prerendering ? (window.tracker ? 'tracked' : 'hidden') : performance.getEntriesByType('navigation')[0].activationStart > 0;
const say = () => fetch(`/copy${location.pathname}?${how()}`);
addEventListener('load', say);
document.addEventListener('prerenderingchange', say);
</script>"""


@dataclass
class PrerenderWeb(Web):
    """/prerendered is answered when both copies have loaded; `said` is what they told."""

    said: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        app = super().app()

        async def copy(request: Request) -> Response:
            self.said.append(f"{request.path_params['name']} {request.url.query}")
            return Response()

        async def prerendered(request: Request) -> Response:
            while not {"shown hidden", "forgotten hidden"} <= set(self.said) and not await request.is_disconnected():
                await asyncio.sleep(0.05)
            return Response()

        app.router.routes[:0] = [Route("/copy/{name}", copy), Route("/prerendered", prerendered)]
        return app


async def test_of_two_prerendered_copies_only_the_one_that_is_shown_is_a_page_view(tmp_path: Path) -> None:
    """Without DevTools: while they listen, Chromium prerenders nothing."""
    with serving(PrerenderWeb()) as web:
        first = web.page(RULES + GO, "/first")
        for name in ("/shown", "/forgotten"):
            web.page(COPY, name)
        arguments = [argument for argument in CHROMIUM_ARGS if argument != "--disable-background-networking"]
        command = [chromium(), "--headless", f"--user-data-dir={tmp_path}", f"--user-agent={PERSON}", *arguments, first]
        with running(command, tmp_path):
            await web.recorder.until(lambda recorder: pages(recorder).get("/shown"), within_s=60)
        assert "shown true" in web.said
        assert pages(web.recorder) == {"/first": 1, "/shown": 1}
        assert len({batch["visitor"] for batch in web.recorder.batches}) == 1


async def test_a_page_out_of_the_back_forward_cache_is_a_new_page_view_of_the_same_visitor(web: Web, recorder: Recorder) -> None:
    web.page("One", "/one")
    web.page("Two", "/two")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=CHROMIUM_ARGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        await there_and_back(browser, web, recorder)
        await browser.close()
    assert pages(recorder) == {"/one": 2, "/two": 1}
    assert len({batch["visitor"] for batch in recorder.batches}) == 1
    ids = [batch["page"]["id"] for batch in recorder.batches if any(event["type"] == "page_view" for event in batch["events"])]
    assert len(set(ids)) == 3


async def there_and_back(browser: Browser, web: Web, recorder: Recorder) -> None:
    page = await browser.new_page()
    await page.goto(web.url + "/one")
    await page.evaluate("addEventListener('pageshow', event => { window.kept = event.persisted; })")
    await page.evaluate("setTimeout(() => { location = '/two'; })")
    await page.wait_for_url("**/two")
    await page.wait_for_function("window.tracker && tracker.version")
    await page.evaluate("setTimeout(() => history.back())")
    await page.wait_for_function("window.kept === true")
    await recorder.until(lambda r: pages(r).get("/one") == 2, within_s=60)


def pages(recorder: Recorder) -> dict[str, int]:
    """Page views by path, each event once."""
    found: dict[str, set[str]] = {}
    for batch in list(recorder.batches):
        for event in batch["events"]:
            if event["type"] == "page_view":
                found.setdefault("/" + batch["page"]["url"].rsplit("/", 1)[-1], set()).add(event["id"])
    return {path: len(ids) for path, ids in found.items()}
