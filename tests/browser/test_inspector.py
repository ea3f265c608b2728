"""The inspector on a shop's own page: what the owner sees there, and that neither the page nor the numbers feel it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from starlette.applications import Starlette

from tests.browser.pages import SITE_KEY, Recorder, Visitor, Web, serving
from tests.product import Product
from tracker.clock import SystemClock
from tracker.inspection import inspect_routes, make_secret, pass_for
from tracker.sites import Site, SiteBook, write_site_file

pytestmark = pytest.mark.asyncio(loop_scope="session")

SITE = Site(name="shop", site_key=SITE_KEY)
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'"
GOOD = """<main data-track="product" data-track-view data-track-id="X1" data-track-name="Espresso X1"
      data-track-price="199.90" data-track-currency="EUR">
<h1>Espresso X1</h1><p>A small machine for strong coffee.</p><button data-track-action="cart_add">Add to cart</button></main>
<section data-track="promotion" data-track-id="autumn" data-track-name="Autumn"><h2>Autumn: free shipping</h2></section>"""
POOR = """<script type="application/ld+json">
{"@type": "Product", "sku": "K-1", "name": "Kettle", "offers": {"price": 49.9, "priceCurrency": "EUR"}}</script>
<script type="application/ld+json">{"@type": </script>
<article data-track="product" data-track-id="X1" data-track-price="199,90">Espresso</article> <article data-track="product">No id</article>
<aside data-track="banner" data-track-id="b">Banner</aside>
<button data-track-action="cart_add">Add</button><a href="#" data-track-action="buy">Buy</a>"""


@dataclass
class InspectedWeb(Web):
    """The small web with the collector's own route for the inspector."""

    data: Path = field(default_factory=Path)

    def app(self) -> Starlette:
        app = super().app()
        app.router.routes[:0] = inspect_routes(SiteBook(self.data / "sites.json"), self.data, SystemClock())
        return app

    def inspected(self, body: str, query: str = "") -> str:
        """The address, with a token of now, of a page with a strict policy."""
        self.pages["/page"] = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Page</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<script async src="/t.js" data-site="{SITE_KEY}"></script></head><body>{body}</body></html>'
        )
        return f"{self.url}/page?{query}tracker-inspect={pass_for(SITE, make_secret(self.data), SystemClock().now_ms())}"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    write_site_file(tmp_path / "sites.json", (SITE,))
    with serving(InspectedWeb(data=tmp_path)) as web:
        yield web


@dataclass
class Owner:
    """The shop's owner at the inspector."""

    visitor: Visitor
    web: InspectedWeb

    @property
    def panel(self) -> Locator:
        return self.visitor.page.get_by_role("dialog", name="Tracker inspector")

    async def open(self, body: str, query: str = "") -> None:
        await self.visitor.open(self.web.inspected(body, query))
        await expect(self.panel).to_be_visible()

    async def tab(self, name: str) -> Locator:
        await self.panel.get_by_role("tab", name=name).click()
        return self.panel.get_by_role("tabpanel", name=name)


@pytest.fixture
def owner(visitor: Visitor, web: InspectedWeb) -> Owner:
    return Owner(visitor, web)


async def test_the_owner_sees_what_is_tagged_and_how_far_it_came(owner: Owner, recorder: Recorder) -> None:
    await owner.open(GOOD)
    await owner.visitor.look(1600)
    tagged = await owner.tab("Tagged")
    first = tagged.get_by_role("listitem").first
    await expect(first).to_contain_text("Espresso X1")
    await expect(first).to_contain_text("product · X1 · 199.90 EUR")
    await expect(first).to_contain_text("seen 1.")
    await expect(first).to_contain_text("no click")
    await owner.visitor.hover("h1", 900)
    await owner.visitor.page.click("h1")
    await owner.visitor.look(600)
    await expect(first).to_contain_text(re.compile(r"touched [\d.]+ s"))
    await expect(first).to_contain_text("1 click")
    await expect(owner.visitor.page.locator(".outlines div")).to_have_count(2)


async def test_the_figures_are_those_that_are_sent(owner: Owner, recorder: Recorder) -> None:
    await owner.open(GOOD)
    await owner.visitor.look(3000)
    await owner.visitor.page.click("h1")
    await owner.visitor.look(3000)
    await owner.visitor.hide()
    await owner.visitor.page.clock.run_for(600)
    rows = await recorder.until(lambda recorder: [row for row in recorder.events("content", content_id="X1") if row["seen_ms"] > 5000])
    first = (await owner.tab("Tagged")).get_by_role("listitem").first
    await expect(first).to_contain_text(f"seen {rows[-1]['seen_ms'] / 1000:.1f} s")
    await expect(first).to_contain_text(f"{rows[-1]['clicks']} click")


async def test_what_is_missing_comes_with_its_cure(owner: Owner) -> None:
    await owner.open(POOR)
    await owner.visitor.look(2600)
    missing = await owner.tab("Missing")
    for words in ("The price “199,90” is not a number", "as in 199.90", "A product without an id", "“banner” is no kind of content",
                  "“buy” is no action", "A cart_add button that belongs to no product", "1 JSON-LD block cannot be read",
                  "Product X1 has no name"):  # fmt: skip
        await expect(missing).to_contain_text(words)
    read = await owner.tab("Read")
    await expect(read.get_by_role("listitem").first).to_contain_text("K-1 · Kettle · 49.90 EUR")


async def test_a_page_where_all_is_well_lacks_nothing(owner: Owner) -> None:
    await owner.open(GOOD)
    await owner.visitor.look(2600)
    await expect(await owner.tab("Missing")).to_contain_text("Nothing is missing")


async def test_what_was_sent_is_shown_with_its_answer(owner: Owner, recorder: Recorder) -> None:
    recorder.answers[:] = [(202, {}), (403, {})]
    await owner.open(GOOD)
    await owner.visitor.look(2600)
    await recorder.event("page_view")
    sent = await owner.tab("Sent")
    await owner.visitor.look(600)
    await expect(sent).to_contain_text("202: ")
    await expect(sent).to_contain_text("product_view · X1")
    await owner.visitor.page.click("main button")
    await recorder.event("cart_add")
    await owner.visitor.look(2600)
    await expect(sent).to_contain_text("403")
    await expect(await owner.tab("Missing")).to_contain_text("The collector answered 403")


async def test_the_token_is_in_nothing_that_is_sent(owner: Owner, recorder: Recorder) -> None:
    await owner.open(GOOD, "colour=r%20d&")
    assert owner.visitor.page.url == f"{owner.web.url}/page?colour=r%20d"
    await owner.visitor.look(2600)
    await owner.visitor.leave()
    view = await recorder.event("page_view")
    assert recorder.batches[0]["page"]["url"] == f"{owner.web.url}/page?colour=r%20d"
    assert "tracker-inspect" not in str(recorder.batches)
    assert len(recorder.events("page_view")) == 1, view


async def test_the_owners_clicks_in_the_inspector_are_not_the_shops(owner: Owner, recorder: Recorder) -> None:
    await owner.open(GOOD)
    await owner.visitor.page.evaluate("window.heard = 0; document.body.parentNode.addEventListener('click', () => window.heard++)")
    await owner.visitor.look(1600)
    for name in ("Missing", "Sent", "Read", "Tagged"):
        await owner.tab(name)
    await owner.panel.get_by_role("listitem").first.get_by_role("button").click()
    await owner.panel.get_by_role("button", name="Outlines").click()
    await owner.visitor.look(600)
    await expect(owner.visitor.page.locator(".outlines div")).to_have_count(0)
    await owner.panel.get_by_role("button", name="Close").click()
    await owner.visitor.leave()
    await recorder.event("content")
    assert not any("clicks" in event for event in recorder.events("content"))


async def closed(page: Page) -> None:
    await expect(page.locator("tracker-inspector")).to_have_count(0)


async def test_escape_closes_it_and_leaves_nothing_behind(owner: Owner, recorder: Recorder) -> None:
    await owner.open(GOOD)
    await expect(owner.panel.get_by_role("heading", name="Tracker inspector")).to_be_focused()
    await owner.visitor.page.keyboard.press("Escape")
    await closed(owner.visitor.page)
    await owner.visitor.page.click("main button")
    await recorder.event("cart_add")


async def test_the_keyboard_suffices(owner: Owner) -> None:
    await owner.open(POOR)
    page = owner.visitor.page
    for _ in range(4):
        await page.keyboard.press("Tab")
    await expect(owner.panel.get_by_role("tab", name="Tagged")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(owner.panel.get_by_role("tab", name="Missing")).to_be_focused()
    await expect(owner.panel.get_by_role("tabpanel", name="Missing")).to_be_visible()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await closed(page)


async def test_a_strict_policy_has_nothing_to_stop(owner: Owner) -> None:
    complaints: list[str] = []
    owner.visitor.page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    await owner.open(GOOD)
    await owner.visitor.look(2600)
    assert [each for each in complaints if "favicon" not in each] == []
    assert await owner.panel.evaluate("panel => getComputedStyle(panel).position") == "fixed"


@pytest.mark.parametrize("given", ["nonsense", "1800000000000." + "0" * 64])
async def test_without_a_valid_token_there_is_only_the_page(page: Page, web: InspectedWeb, recorder: Recorder, given: str) -> None:
    async with page.expect_response("**/t/inspect.js*") as answer:
        await page.goto(web.inspected(GOOD).split("tracker-inspect=")[0] + f"tracker-inspect={given}")
    assert (await answer.value).status == 403
    await closed(page)
    await page.goto("about:blank")
    await page.goto(web.url + "/page")
    await recorder.event("page_view")
    assert "tracker-inspect" not in str(recorder.batches)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_stays_inside_the_window(owner: Owner, width: int, scheme: Any) -> None:
    page = owner.visitor.page
    await page.set_viewport_size({"width": width, "height": 844})
    await page.emulate_media(color_scheme=scheme)
    await owner.open(GOOD)
    await owner.visitor.look(1600)
    box = await owner.panel.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 844


async def test_from_the_install_page_to_the_shops_own_page(page: Page, tmp_path: Path) -> None:
    product = Product(tmp_path, "--demo")
    await page.goto(product.login_link)
    await page.goto(f"{product.admin}/install")
    await page.get_by_label("Address of the page").fill(f"{product.public}/demo/p/X1")
    await page.get_by_role("button", name="Inspect this page").click()
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Open the page with the inspector").click()
    shop = await opened.value
    await expect(shop.get_by_role("dialog", name="Tracker inspector")).to_contain_text("product · X1")
    await shop.get_by_role("tab", name="Sent").click()
    await expect(shop.get_by_role("tabpanel", name="Sent")).to_contain_text("accepted")
    assert shop.url == f"{product.public}/demo/p/X1"
    await shop.close()
    assert product.stop() == 0, "\n".join(product.said)
