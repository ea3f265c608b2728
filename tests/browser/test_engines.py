"""The core journey in three engines, against the product as it is started: what a person does in the demo shop is what the API tells afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.engines import ENGINES
from tests.browser.webdriver import PATIENCE_S, Driven
from tests.product import Product, tracker, until

Events = list[dict[str, Any]]
AGENTS = {"chromium": "Chrome/", "firefox": "Firefox/", "webkit": "Version/"}  # the word only this engine has in its user agent
CARD = "[data-track=product][data-track-id='GRIND-2']"
READ = "return performance.now()"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("engines"), "--demo")
    yield running
    assert running.stop() == 0, "\n".join(running.said)


@pytest.fixture(scope="module")
def api(product: Product) -> Iterator[httpx.Client]:
    made = tracker(product.data, "key", "create", "--site", "demo", "--scope", "read", "--json")
    key = json.loads(made.stdout)["api_key"]
    with httpx.Client(base_url=product.admin, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


def stay(browser: Driven, ms: int) -> None:
    since = browser.run(READ)
    until(lambda: browser.run(READ) > since + ms, what=f"{ms} ms on the page")


def press(browser: Driven, selector: str, leads_to: str) -> None:
    """A click that leads to another page; it is there when all of it is, the tag too: nobody acts sooner."""
    browser.click(selector)
    until(lambda: browser.run(f"return document.readyState === 'complete' && location.pathname.includes({leads_to!r})"), what=f"the page {leads_to}")


def journey(browser: Driven, shop: str) -> str:
    """Sees, touches and clicks a product, puts it into the cart, orders it, leaves at once; gives the visitor's id."""
    browser.open(f"{shop}/")
    browser.point(CARD)
    stay(browser, 1500)
    press(browser, f"{CARD} h3 a", "/p/GRIND-2")
    press(browser, "[data-track-action=cart_add]", "/cart")
    press(browser, "a[data-track-action=checkout]", "/checkout/address")
    browser.run("document.querySelectorAll('.sheet input').forEach(function (each) { each.value = '12345'; })")
    press(browser, ".sheet button", "/checkout/payment")
    press(browser, ".sheet button", "/done")
    visitor: str = browser.run("return localStorage.getItem('tracker.visitor')")
    browser.open("about:blank")
    return visitor


@pytest.fixture(scope="module", params=ENGINES)
def events(request: pytest.FixtureRequest, product: Product, api: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Events:
    """What is stored of the journey, as soon as the last of it is there: the reading time of the page that was left at once."""
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as browser:
        assert [name for name, word in AGENTS.items() if word in browser.run("return navigator.userAgent")] == [request.param]
        visitor = journey(browser, f"{product.public}/demo")
        found: Events = until(lambda: whole(api, visitor), PATIENCE_S, what=lambda: f"the whole journey; stored: {stored(api, visitor)}")
    return found


def whole(api: httpx.Client, visitor: str) -> Events:
    found = stored(api, visitor)
    left = {event["page_id"] for event in of(found, "engagement")}
    return found if {event["page_id"] for event in of(found, "order")} & left else []


def stored(api: httpx.Client, visitor: str) -> Events:
    sessions = api.get("/v1/sessions", params={"visitor_id": visitor}).json()["data"]
    assert len(sessions) <= 1
    found: Events = api.get(f"/v1/sessions/{sessions[0]['session_id']}/events").json()["data"] if sessions else []
    return found


def of(events: Events, type: str) -> Events:  # noqa: A002 - the word of the wire
    return [event for event in events if event["type"] == type]


def test_the_pages_of_the_visit_are_viewed_each_once(events: Events) -> None:
    paths = [httpx.URL(event["url"]).path for event in of(events, "page_view")]
    assert [path.rsplit("/", 1)[-1] for path in paths] == ["", "GRIND-2", "cart", "address", "payment", "done"]


def test_a_product_is_seen_touched_and_clicked_though_the_click_leads_away(events: Events) -> None:
    first_page = of(events, "page_view")[0]["page_id"]
    rows = [event for event in of(events, "content") if (event["page_id"], event["content_id"]) == (first_page, "GRIND-2")]
    assert max(row["seen_ms"] for row in rows) >= 1000
    assert max(row.get("touched_ms", 0) for row in rows) >= 300
    assert max(row.get("clicks", 0) for row in rows) == 1


def test_what_happened_last_is_delivered_though_the_page_is_left_at_once(events: Events) -> None:
    last_page = of(events, "page_view")[-1]["page_id"]
    assert [row["page_id"] for row in of(events, "engagement")].count(last_page) == 1


def test_a_button_puts_its_product_into_the_cart(events: Events) -> None:
    [added] = of(events, "cart_add")
    assert [(item["id"], item["quantity"]) for item in added["items"]] == [("GRIND-2", 1)]


def test_the_order_is_told_once_with_what_was_bought(events: Events) -> None:
    [order] = of(events, "order")
    assert [item["id"] for item in order["items"]] == ["GRIND-2"]
    assert [step["step_name"] for step in of(events, "checkout")] == ["address", "payment"]


@pytest.mark.parametrize(("engine", "package"), [("chromium", "chromium"), ("firefox", "firefox-esr"), ("webkit", "webkit2gtk-driver")])
def test_a_missing_browser_is_a_failure_that_names_its_package(engine: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match=f"install the distribution's package `{package}`"), ENGINES[engine](tmp_path):
        pytest.fail("started without its program")
