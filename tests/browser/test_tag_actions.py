"""Carts from markup, people from calls, and the demo shop as the example of both."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Page

from tests.browser.pages import Recorder, Visitor, Web
from tracker import event
from tracker.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRODUCT = (
    '<article data-track="product" data-track-id="X1" data-track-name="Espresso X1" data-track-category="kitchen/coffee" data-track-brand="Clara"'
    ' data-track-variant="red" data-track-price="199.90" data-track-currency="EUR">{}</article>'
)
X1 = {"id": "X1", "name": "Espresso X1", "category": "kitchen/coffee", "brand": "Clara", "variant": "red", "price": 199.9, "currency": "EUR"}


async def test_a_button_puts_the_product_around_it_into_the_cart(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PRODUCT.format('<button data-track-action="cart_add" data-track-quantity="2"><b>Add</b></button>')))
    await visitor.page.click("b")
    assert (await recorder.event("cart_add"))["items"] == [X1 | {"quantity": 2}]


async def test_the_quantity_is_read_from_the_input_the_button_names(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    one = PRODUCT.format('<input class="n" value="1"><button id="add" data-track-action="cart_add" data-track-quantity-from=".n">Add</button>')
    await visitor.open(web.page('<input class="n" value="99">' + one))
    await visitor.page.fill("article .n", "3")
    await visitor.page.click("#add")
    assert (await recorder.event("cart_add"))["items"][0]["quantity"] == 3


async def test_without_a_quantity_none_is_said(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PRODUCT.format('<button data-track-action="cart_remove">Out</button>')))
    await visitor.page.click("button")
    assert (await recorder.event("cart_remove"))["items"] == [X1]


async def test_a_buttons_own_attributes_win(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    button = '<button data-track-action="cart_add" data-track-id="X1-blue" data-track-variant="blue">Add</button>'
    await visitor.open(web.page(PRODUCT.format(button)))
    await visitor.page.click("button")
    assert (await recorder.event("cart_add"))["items"] == [X1 | {"id": "X1-blue", "variant": "blue"}]


async def test_a_form_acts_when_it_is_submitted(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    tags = 'data-track-action="checkout" data-track-step="2" data-track-step-name="payment"'
    await visitor.open(web.page(f'<form action="/there" {tags}><input required><button>On</button></form>'))
    await visitor.page.click("button")  # not valid yet
    await visitor.page.fill("input", "x")
    await visitor.page.click("button")
    await visitor.page.wait_for_url("**/there*")
    step = await recorder.event("checkout")
    assert (step["step"], step["step_name"], len(recorder.events("checkout"))) == (2, "payment", 1)


async def test_a_page_that_stops_its_clicks_is_still_seen_through(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    stops = "event.stopImmediatePropagation(); event.preventDefault(); document.title = event.defaultPrevented"
    await visitor.open(web.page(PRODUCT.format(f'<button data-track-action="cart_add" onclick="{stops}">Add</button>')))
    await visitor.page.click("button")
    await recorder.event("cart_add")
    assert await visitor.page.title() == "true"


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("cart_set", {"items": [{"id": "X1", "quantity": 1}], "cart_id": "k1"}),
        ("checkout", {"step": 1, "step_name": "address", "value": 10, "currency": "EUR"}),
        ("refund", {"order_id": "A1", "value": 5}), ("order_cancelled", {"order_id": "A1"}),
        ("product_view", {"items": [{"id": "X1"}]}), ("search", {"query": "kettle", "results": 2}),
        ("identify", {"customer_id": "c-1", "how": "login", "traits": {"plan": "gold"}}), ("logout", {}),
        ("custom", {"name": "wished", "props": {"n": 1}}),
    ],
)  # fmt: skip
async def test_every_call_becomes_its_event(web: Web, visitor: Visitor, recorder: Recorder, type: str, fields: dict[str, object]) -> None:  # noqa: A002 - the word of the wire
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("([type, fields]) => tracker(type, fields)", [type, fields])
    await visitor.look(2500)
    event = await recorder.event(type)
    assert {key: event[key] for key in fields} == fields


async def test_a_page_view_can_be_told_by_hand(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("tracker('page', {url: '/step/2?q=cup', title: 'Step two'})")
    await visitor.look(3500)
    await recorder.event("search", query="cup")
    assert recorder.batches[-1]["page"]["title"] == "Step two"


# --- the demo shop ---------------------------------------------------------------------------------------------------


async def test_the_demo_shop_tells_a_whole_visit(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.url + "/demo/")
    await page.locator(".promotion").scroll_into_view_if_needed()
    await visitor.look(3500)
    await recorder.event("content", kind="promotion", content_id="autumn-shipping")

    await page.fill("[name=q]", "grinder")
    await page.press("[name=q]", "Enter")
    await page.wait_for_url("**/search?q=grinder")
    await page.click("main h3 a")
    await page.wait_for_url("**/p/GRIND-2")
    await page.fill(".quantity", "2")
    await page.click("text=Add to the cart")
    await page.wait_for_url("**/cart")
    assert (await recorder.event("search", query="grinder"))["results"] == 1
    assert (await recorder.event("product_view"))["items"][0]["id"] == "GRIND-2"
    added = (await recorder.event("cart_add"))["items"][0]
    assert (added["id"], added["quantity"], added["price"], added["currency"]) == ("GRIND-2", 2, 89, "EUR")

    await page.click("[aria-label^='One Hand grinder']")
    assert (await recorder.event("cart_remove"))["items"][0]["quantity"] == 1
    await page.wait_for_load_state()
    await page.click("text=Take out")
    await recorder.until(lambda r: any("quantity" not in e["items"][0] for e in r.events("cart_remove")))
    await page.wait_for_selector("text=Your cart is empty")


async def test_the_demo_shop_identifies_once_and_says_goodbye(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.url + "/demo/account")
    await page.fill(".sheet [name=name]", "Ann")
    await page.click(".sheet button")
    assert (await recorder.event("identify"))["customer_id"] == "c-ann"
    await page.wait_for_selector("text=Log out")
    await visitor.open(web.url + "/demo/account")
    await page.click("text=Log out")
    await recorder.event("logout")
    assert len(recorder.events("identify")) == 1


async def test_an_order_in_the_demo_shop_has_one_id_on_every_load(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.url + "/demo/c/coffee")
    await page.click("[aria-label='Add Brazil, Fazenda Sol to the cart']")
    await page.click("text=To the checkout")
    for name in ("name", "street", "postcode", "town"):
        await page.fill(f"[name={name}]", "x")
    await page.click("text=On to payment")
    await page.click("text=Order for")
    order = await recorder.event("order")
    await page.reload()
    await recorder.until(lambda r: len(r.events("order")) == 2)
    assert [(e["step"], e["step_name"]) for e in recorder.events("checkout")] == [(1, "address"), (2, "payment")]
    assert (order["value"], order["shipping"], order["currency"]) == (13.9, 4.9, "EUR")
    assert [item["id"] for item in order["items"]] == ["BEAN-BR"]
    assert len({event["order_id"] for event in recorder.events("order")}) == 1


async def test_no_page_of_the_demo_shop_breaks_its_content_security_policy(page: Page, web: Web) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in ("/", "/c/coffee", "/c/brewers", "/p/X1", "/search?q=cup", "/read/how-to-grind", "/subscription", "/cart", "/account"):
        answer = await page.goto(web.url + "/demo" + path, wait_until="networkidle")
        assert answer is not None
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert said == []


# --- the tag and the door mean the same ------------------------------------------------------------------------------


async def test_the_collector_takes_everything_that_the_tag_sends(page: Page, web: Web, visitor: Visitor, recorder: Recorder, site: Site) -> None:
    await visitor.open(web.url + "/demo/p/X1?q=grinder")
    await visitor.hover(".product h1", 4000)
    await page.evaluate(
        "item => { const items = [item]; for (const [type, fields] of Object.entries({cart_add: {items}, cart_set: {items}, cart_remove: {items},"
        " checkout: {step: 1, step_name: 'address', value: 1.5, currency: 'EUR', items}, order: {order_id: 'A1', value: 1.5, currency: 'EUR', items},"
        " refund: {order_id: 'A1', value: 1}, order_cancelled: {order_id: 'A1'}, identify: {customer_id: 'c-ann', how: 'login', traits: {p: 1}},"
        " logout: {}, consent: {state: 'granted', purposes: ['marketing']}, custom: {name: 'wished', props: {n: 1}}})) tracker(type, fields); }",
        X1 | {"quantity": 1},
    )
    await visitor.look(2500)
    await recorder.event("custom")
    await recorder.event("content")
    taken: set[str] = set()
    for batch in recorder.batches:
        parsed = event.parse(event.decode(json.dumps(batch).encode()).events, event.Receipt(site=site, received_ms=int(batch["sent_at"])))
        assert parsed.refusals == []
        taken |= {row.type for row in parsed.rows}
    assert len(taken) == 16  # every type of the wire
