"""What engines do each in their own way, in the two that are not Chromium: the inspector in a shop's page, and the cookies of the shop's domain;
and an offer that comes with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from profiles.views.install import tag_line
from tests.browser.engines import ENGINES
from tests.browser.pages import Web, serving
from tests.browser.test_inspector import GOOD, SITE, InspectedWeb
from tests.browser.webdriver import PATIENCE_S, Driven
from tests.faults.door import Door
from tests.product import until
from tracker.sites import Site, write_site_file

# The inspector hides its shadow root from scripts that ask for it plainly, the tag among them.
PANEL = "Object.getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get.call(document.querySelector('tracker-inspector') || document.body)"
VISITOR = "return (document.cookie.split('tracker.visitor=')[1] || '').split(';')[0]"


@dataclass
class Engine:
    browser: Driven
    folder: Path


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp(request.param)
    with ENGINES[request.param](folder) as browser:
        yield Engine(browser, folder)


@pytest.fixture
def inspected(tmp_path: Path) -> Iterator[InspectedWeb]:
    write_site_file(tmp_path / "sites.json", (SITE,))
    with serving(InspectedWeb(data=tmp_path)) as web:
        yield web


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Web, Door]]:
    """A shop at www.shop.localhost and shop.localhost, its collector at t.shop.localhost."""
    with ExitStack() as ends:
        shop = ends.enter_context(serving(Web()))
        origins = tuple(f"http://{host}.localhost:{shop.port}" for host in ("www.shop", "shop"))
        door = Door(tmp_path, (Site(name="shop", site_key="pk_shop", origins=origins, cookie_domain="shop.localhost"),))
        ends.callback(door.stop)
        shop.pages["/page"] = f"<!doctype html><title>Shop</title>{tag_line(f'http://t.shop.localhost:{door.port}', 'pk_shop')}<h1>Espresso X1</h1>"
        yield shop, door


def test_the_inspector_shows_what_is_tagged_under_a_strict_policy(engine: Engine, inspected: InspectedWeb) -> None:
    browser = engine.browser
    browser.open(inspected.inspected(GOOD))
    until(lambda: browser.run(f"return !!{PANEL} && {PANEL}.textContent.includes('Autumn')"), PATIENCE_S, "the inspector")
    assert browser.run("return location.search") == "", "the token is out of the address"
    until(lambda: browser.run(f"return /seen \\d/.test({PANEL}.textContent)"), PATIENCE_S, "what is seen")
    browser.run(f"[...{PANEL}.querySelectorAll('button')].find(each => each.textContent === 'Close').click()")
    assert browser.run("return document.querySelector('tracker-inspector') === null")


def test_the_collectors_cookie_makes_one_visitor_of_two_hosts(engine: Engine, shop: tuple[Web, Door]) -> None:
    browser, (web, door) = engine.browser, shop
    page = f"http://{{}}.localhost:{web.port}/page"
    browser.open(page.format("www.shop"))
    visitor = until(lambda: browser.run("return localStorage.getItem('tracker.visitor')"), PATIENCE_S, "the visitor")
    # It comes with the answer to the beacon of a page that is left; a busy browser may lose one.
    until(lambda: cookie_after_leaving(browser, page.format("www.shop")), PATIENCE_S, lambda: f"the cookie; {door.log()}")
    browser.open(page.format("shop"))
    until(lambda: browser.run("return !!(window.tracker && tracker.version)"), PATIENCE_S, "the tag on the other host")
    assert browser.run("return localStorage.getItem('tracker.visitor')") == browser.run(VISITOR) == visitor


def cookie_after_leaving(browser: Driven, page: str) -> str:
    until(lambda: browser.run("return !!(window.tracker && tracker.version)"), PATIENCE_S, "the tag")
    browser.open(page)
    found: str = browser.run(VISITOR)
    return found


def test_the_hosts_of_a_shop_share_a_visitor_by_the_cookie_the_tag_keeps(engine: Engine) -> None:
    browser = engine.browser
    with serving(Web()) as web:
        page = web.page("Hello", tag='data-cookie-domain="shop.localhost"').replace("127.0.0.1", "{}.shop.localhost")
        browser.open(page.format("www"))
        first = until(lambda: browser.run("return localStorage.getItem('tracker.visitor')"), PATIENCE_S, "the visitor")
        assert browser.run(VISITOR) == first
        browser.open(page.format("m"))
        assert until(lambda: browser.run("return localStorage.getItem('tracker.visitor')"), PATIENCE_S, "the visitor there") == first


def test_an_offer_that_comes_with_the_answer_is_handed_to_the_page(engine: Engine) -> None:
    browser = engine.browser
    with serving(Web()) as web:
        web.recorder.offers = [{"offer_id": "tea", "response_code": "CD34"}]
        browser.open(web.page("Hello"))
        until(lambda: browser.run("return !!(window.tracker && tracker.version)"), PATIENCE_S, "the tag")
        browser.run("window.offered = []; document.addEventListener('tracker:offer', (event) => { offered.push(event.detail); })")
        browser.run("tracker('order', {order_id: 'A1'})")
        until(lambda: browser.run("return offered.length > 0"), PATIENCE_S, "the offer")
        assert browser.run("return offered") == web.recorder.offers
