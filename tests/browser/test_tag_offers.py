"""An offer of a rule reaches the page it is meant for: by the real door, from another host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from profiles.views.install import tag_line
from tests.browser.pages import Web, serving
from tests.faults.door import Door
from tracker.offers import Given, Sites
from tracker.offers_file import write
from tracker.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAR_MS = 10**13
HEAR = "offered = []; document.addEventListener('tracker:offer', (event) => offered.push(event.detail))"
TELL = "() => { tracker('order', {order_id: 'A' + performance.now()}); return offered.length > 0; }"


@pytest.fixture
def shop() -> Iterator[Web]:
    with serving(Web()) as shop:
        yield shop


@pytest.fixture
def door(shop: Web, tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path, (Site(name="shop", site_key="pk_shop", origins=(shop.url,)),))
    shop.pages["/page"] = f"<!doctype html><title>Shop</title>{tag_line(f'http://127.0.0.1:{door.port}', 'pk_shop')}<h1>Espresso X1</h1>"
    yield door
    door.stop()


async def test_the_visitor_a_rule_has_an_offer_for_hears_of_it_and_nobody_else(page: Page, shop: Web, door: Door, tmp_path: Path) -> None:
    await page.goto(shop.url + "/page")
    await page.wait_for_function("window.tracker && window.tracker.version")
    await page.evaluate(HEAR)
    visitor = str(await page.evaluate("localStorage['tracker.visitor']"))
    given: Sites = {"shop": {visitor: (Given("free-shipping", "AB12", FAR_MS),), "somebody-else": (Given("tea", "CD34", FAR_MS),)}}
    write(tmp_path / "offers.json", given)
    await page.wait_for_function(TELL, polling=200)
    assert (await page.evaluate("offered"))[0] == {"offer_id": "free-shipping", "response_code": "AB12"}
    assert "tea" not in str(await page.evaluate("offered"))
