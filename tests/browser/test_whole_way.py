"""The whole way: a person in a browser, the product as it is started, and what a marketer and a CRM see of it afterwards."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page

from tests.browser.engines import PERSON
from tests.product import PATIENCE_S, Product, tracker, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The visit is told as one of 61 minutes ago: by the sender's clock, so much time lies between each event and its sending.
TOLD_LATE = """
const plain = JSON.stringify;
JSON.stringify = (value, ...more) => plain(value && value.sent_at ? {...value, sent_at: value.sent_at + 61 * 60000} : value, ...more);
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("whole-way"), "--demo")
    yield running
    assert running.stop() == 0, "\n".join(running.said)


@pytest.fixture(scope="module")
def api(product: Product) -> Iterator[httpx.Client]:
    made = tracker(product.data, "key", "create", "--site", "demo", "--scope", "read", "--scope", "lists", "--scope", "customers", "--json")
    key = json.loads(made.stdout)["api_key"]
    with httpx.Client(base_url=product.admin, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


async def leave(page: Page) -> None:
    await page.goto("about:blank")
    await page.wait_for_timeout(500)  # the last batch is under way
    await page.close()


async def press(page: Page, button: Locator) -> None:
    """A click that leads to another page."""
    async with page.expect_navigation():
        await button.click()


async def shopping_tour(page: Page, shop: str) -> None:
    """Sees a promotion, hovers over one product, opens another, searches, puts two things in, takes one out, logs in, leaves."""
    await page.goto(f"{shop}/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn")
    await page.locator("[data-track=promotion]").first.scroll_into_view_if_needed()
    await page.wait_for_timeout(1500)  # a person reads: seen takes a second
    await page.locator("[data-track=product][data-track-id='GRIND-2']").first.hover()
    await page.wait_for_timeout(700)
    await page.goto(f"{shop}/p/X1")
    await page.wait_for_timeout(1200)
    await press(page, page.locator("[data-track-action=cart_add]").first)
    await page.goto(f"{shop}/search?q=kettle")
    await page.goto(f"{shop}/p/GRIND-2")
    await press(page, page.locator("[data-track-action=cart_add]").first)
    await page.goto(f"{shop}/cart")
    await press(page, page.locator("[data-track-action=cart_remove][data-track-id='GRIND-2']").last)
    await page.goto(f"{shop}/account")
    await page.get_by_label("name").first.fill("ann")
    await press(page, page.get_by_role("button", name="Log in"))
    await leave(page)


async def buy(page: Page, shop: str) -> None:
    await page.goto(f"{shop}/cart")
    await press(page, page.locator("[data-track-action=checkout]").first)
    for label in ("Name", "Street and number", "Postcode", "Town"):
        await page.get_by_label(label, exact=True).fill("12345")
    for button in ("On to payment", "Order"):
        await press(page, page.get_by_role("button", name=button))
    await leave(page)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def toured(product: Product, browser: Browser) -> AsyncIterator[BrowserContext]:
    """The visitor of an hour ago, who left goods in the cart; the browser stays open."""
    context = await browser.new_context(user_agent=PERSON, viewport={"width": 1000, "height": 700})
    page = await context.new_page()
    await page.add_init_script(TOLD_LATE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await shopping_tour(page, f"{product.public}/demo")
    assert not errors
    yield context
    await context.close()


@pytest.fixture(scope="module")
def session(toured: BrowserContext, api: httpx.Client) -> dict[str, Any]:
    def whole() -> Any:
        found = api.get("/v1/sessions").json()["data"]
        return found if found and found[0]["visitor"]["customer_id"] else None

    found = until(whole, what="the session")
    assert len(found) == 1
    session: dict[str, Any] = found[0]
    return session


async def test_the_session_profile_answers_who(session: dict[str, Any]) -> None:
    assert session["visitor"]["status"] == "registered"
    assert session["visitor"]["customer_id"] == "c-ann"
    assert session["visitor"]["lifecycle"]["stage"] == "prospect"


async def test_the_session_profile_answers_why(session: dict[str, Any]) -> None:
    purpose = session["purpose"]
    assert purpose["label"] == "purchase"
    assert abs(sum(purpose["scores"].values()) - 1) < 0.01
    assert purpose["evidence"]
    assert purpose["model"] == "purpose-1"


async def test_the_session_profile_answers_what_they_looked_at(session: dict[str, Any]) -> None:
    seen = {content["id"]: content for content in session["content"] if content["kind"] == "promotion"}
    assert seen["autumn-shipping"]["seen_ms"] >= 1000
    products = {product["id"]: product for product in session["products_viewed"]}
    assert products["X1"]["views"] >= 1
    assert products["GRIND-2"]["touches"] >= 1
    assert products["GRIND-2"]["touched_ms"] >= 300
    assert session["searches"] == ["kettle"]


async def test_the_session_profile_answers_what_they_put_in_the_cart(session: dict[str, Any]) -> None:
    cart = session["cart"]
    assert [(item["id"], item["quantity"]) for item in cart["items"]] == [("X1", 1)]
    assert (cart["added"], cart["removed"], cart["value"]) == (2, 1, 199.9)


async def test_the_session_profile_answers_what_they_bought(session: dict[str, Any]) -> None:
    assert session["purchases"] == []


async def test_the_session_profile_answers_when_and_how_long(session: dict[str, Any]) -> None:
    assert session["started_at"] < session["ended_at"]
    assert 3 < session["duration_s"] < 600
    assert 0 < session["engaged_s"] <= session["duration_s"] + 1
    assert session["page_views"] >= 7
    assert session["source"]["channel"] == "email"
    assert session["source"]["campaign"] == "autumn"
    assert session["device"]["type"] == "desktop"


async def test_after_the_cut_off_the_cart_is_on_the_list_in_the_csv_and_on_the_profile(session: dict[str, Any], api: httpx.Client) -> None:
    (cart,) = until(lambda: api.get("/v1/carts", params={"state": "abandoned"}).json()["data"], what="the abandoned cart")
    assert [item["id"] for item in cart["items"]] == ["X1"]
    assert [item["id"] for item in cart["removed_items"]] == ["GRIND-2"]
    assert cart["owner"]["customer_id"] == "c-ann"
    assert cart["session_ids"] == [session["session_id"]]
    rows = list(csv.DictReader(io.StringIO(api.get("/v1/carts", params={"state": "abandoned"}, headers={"Accept": "text/csv"}).text)))
    assert [row["cart_id"] for row in rows] == [cart["cart_id"]]
    customer = api.get("/v1/customers/c-ann").json()
    assert customer["abandoned_cart"]["cart_id"] == cart["cart_id"]


async def test_the_marketer_finds_it_in_the_web_ui(product: Product, browser: Browser, session: dict[str, Any]) -> None:
    page = await browser.new_page()
    await page.goto(product.login_link)
    await page.goto(f"{product.admin}/carts")
    assert await page.get_by_text("c-ann").count() >= 1
    await page.goto(f"{product.admin}/sessions/{session['session_id']}")
    assert await page.get_by_text("kettle").count() >= 1
    await page.close()


async def test_an_order_then_recovers_it(product: Product, toured: BrowserContext, session: dict[str, Any], api: httpx.Client) -> None:
    await buy(await toured.new_page(), f"{product.public}/demo")
    (cart,) = until(lambda: api.get("/v1/carts", params={"state": "recovered"}).json()["data"], what="the recovered cart")
    assert cart["recovered"]["how"] == "organic"
    assert api.get("/v1/carts", params={"state": "abandoned"}).json()["data"] == []
    customer = api.get("/v1/customers/c-ann").json()
    assert (customer["abandoned_cart"], customer["orders_count"]) == (None, 1)
    assert customer["lifecycle"]["stage"] == "new"
