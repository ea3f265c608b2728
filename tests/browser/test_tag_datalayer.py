"""What a page tells Google's dataLayer arrives without a word to us: GA4, gtag and Universal Analytics, before and after the tag has loaded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.pages import Recorder, Visitor, Web
from tracker import event
from tracker.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

MUG = {"item_id": "MUG-1", "item_name": "Mug", "item_brand": "Clara", "item_category": "kitchen", "item_category2": "cups", "item_variant": "blue",
       "price": 9.5, "quantity": 2}  # fmt: skip
ITEM = {"id": "MUG-1", "name": "Mug", "brand": "Clara", "category": "kitchen/cups", "variant": "blue", "price": 9.5, "quantity": 2, "currency": "EUR"}
MONEY = {"currency": "EUR", "value": 19}
CART: dict[str, Any] = {**MONEY, "items": [MUG]}
PAID = {**CART, "transaction_id": "T-1", "tax": 3.03, "shipping": "4.90", "coupon": "SPRING"}
PROMOTION = {"promotion_id": "spring", "promotion_name": "Spring"}

# As developers.google.com/analytics/devguides/collection/ga4/ecommerce tells them, with other goods: what is pushed, what arrives.
GA4: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("view_item_list", {"item_list_id": "cups", "item_list_name": "All cups", "items": [MUG]}, "content",
     {"kind": "category", "content_id": "cups", "name": "All cups", "seen_ms": 1000, "clicks": None}),
    ("select_item", CART, "content",
     {"kind": "product", "content_id": "MUG-1", "name": "Mug", "clicks": 1}),
    ("view_item", CART, "product_view", {"items": [ITEM]}),
    ("add_to_cart", CART, "cart_add", {"items": [ITEM]}),
    ("remove_from_cart", CART, "cart_remove", {"items": [ITEM]}),
    ("begin_checkout", CART, "checkout", {**MONEY, "step": 1, "step_name": "checkout", "items": [ITEM]}),
    ("add_shipping_info", CART, "checkout", {**MONEY, "step": 2, "step_name": "shipping", "items": [ITEM]}),
    ("add_payment_info", CART, "checkout", {**MONEY, "step": 3, "step_name": "payment", "items": [ITEM]}),
    ("purchase", PAID, "order", {**MONEY, "order_id": "T-1", "tax": 3.03, "shipping": 4.9, "coupon": "SPRING", "items": [ITEM]}),
    ("refund", {"transaction_id": 17, **MONEY}, "refund", {**MONEY, "order_id": "17"}),
    ("view_promotion", {**PROMOTION, "items": [MUG]}, "content",
     {"kind": "promotion", "content_id": "spring", "name": "Spring", "seen_ms": 1000, "clicks": None}),
    ("select_promotion", {"items": [{**MUG, **PROMOTION}, MUG]}, "content", {"kind": "promotion", "content_id": "spring", "clicks": 1}),
]  # fmt: skip

SHIRT = {"id": "SHIRT", "name": "Shirt", "category": "wear/shirts", "price": "15.00", "quantity": 1}
UA_ITEM = {"id": "SHIRT", "name": "Shirt", "category": "wear/shirts", "price": 15, "quantity": 1, "currency": "EUR"}
UNIVERSAL: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"impressions": [{**SHIRT, "list": "Search"}, {**SHIRT, "id": "S2", "list": "Search"}]}, "content",
     {"kind": "category", "content_id": "Search"}),
    ({"click": {"actionField": {"list": "Search"}, "products": [SHIRT]}}, "content", {"kind": "product", "content_id": "SHIRT", "clicks": 1}),
    ({"detail": {"products": [SHIRT]}}, "product_view", {"items": [UA_ITEM]}),
    ({"add": {"products": [SHIRT]}}, "cart_add", {"items": [UA_ITEM]}),
    ({"remove": {"products": [SHIRT]}}, "cart_remove", {"items": [UA_ITEM]}),
    ({"checkout": {"actionField": {"step": 3, "option": "Visa"}, "products": [SHIRT]}}, "checkout", {"step": 3, "items": [UA_ITEM]}),
    ({"purchase": {"actionField": {"id": "T-2", "revenue": "35.43", "tax": "4.90", "shipping": "5.99", "coupon": "SUMMER"}, "products": [SHIRT]}},
     "order", {"order_id": "T-2", "value": 35.43, "tax": 4.9, "shipping": 5.99, "coupon": "SUMMER", "currency": "EUR", "items": [UA_ITEM]}),
    ({"refund": {"actionField": {"id": "T-2"}}}, "refund", {"order_id": "T-2"}),
    ({"promoView": {"promotions": [{"id": "june", "name": "June", "creative": "banner"}]}}, "content",
     {"kind": "promotion", "content_id": "june", "clicks": None}),
    ({"promoClick": {"promotions": [{"id": "june", "name": "June"}]}}, "content", {"kind": "promotion", "content_id": "june", "clicks": 1}),
]  # fmt: skip


def pushing(*entries: object) -> str:
    """A script that says these, before or after the tag."""
    return ";".join(f"(window.dataLayer = window.dataLayer || []).push({json.dumps(each)})" for each in entries)


def ga4(name: str, ecommerce: object) -> dict[str, object]:
    return {"event": name, "ecommerce": ecommerce}


async def settled(visitor: Visitor, recorder: Recorder) -> None:
    """The page has been left, and all of it arrived."""
    await visitor.page.evaluate("tracker('custom', {name: 'last'})")
    await visitor.look(1100)
    await visitor.leave()
    await recorder.event("custom", name="last")


@pytest.mark.parametrize(("name", "ecommerce", "type", "fields"), GA4, ids=[name for name, *_ in GA4])
async def test_every_ga4_event_becomes_ours(
    web: Web, visitor: Visitor, recorder: Recorder, site: Site, name: str, ecommerce: object, type: str, fields: dict[str, object],  # noqa: A002 - the word of the wire
) -> None:  # fmt: skip
    await visitor.open(web.page("shop", before=f"<script>{pushing({'ecommerce': None}, ga4(name, ecommerce))}</script>"))
    await visitor.look(3500)
    heard = await recorder.event(type)
    assert {key: heard.get(key) for key in fields} == fields
    assert len(recorder.events(type)) == 1
    for batch in recorder.batches:
        receipt = event.Receipt(site=site, received_ms=int(batch["sent_at"]))
        assert event.parse(event.decode(json.dumps(batch).encode()).events, receipt).refusals == []


@pytest.mark.parametrize(("ecommerce", "type", "fields"), UNIVERSAL, ids=[next(iter(each)) for each, *_ in UNIVERSAL])
async def test_every_push_of_universal_analytics_becomes_ours(
    web: Web, visitor: Visitor, recorder: Recorder, ecommerce: dict[str, object], type: str, fields: dict[str, object],  # noqa: A002 - the word of the wire
) -> None:  # fmt: skip
    await visitor.open(web.page("shop"))
    await visitor.look(1100)
    await visitor.page.evaluate(pushing({"event": "ee", "ecommerce": {"currencyCode": "EUR", **ecommerce}}, {"event": "gtm.load"}))
    await visitor.look(3500)
    heard = await recorder.event(type)
    assert {key: heard.get(key) for key in fields} == fields
    assert len(recorder.events(type)) == 1


async def test_looking_at_the_cart_is_not_touching_it(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("cart", before=f"<script>{pushing(ga4('view_cart', CART))}</script>"))
    await settled(visitor, recorder)
    assert {each["type"] for each in recorder.events()} <= {"page_view", "custom", "engagement"}


async def test_gtag_is_heard_as_the_page_wrote_it(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    gtag = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); } gtag('js', new Date()); gtag('config', 'G-1');"
    await visitor.open(web.page("shop", before=f"<script>{gtag} gtag('event', 'add_to_cart', {json.dumps(CART)})</script>"))
    await visitor.look(1100)
    assert (await recorder.event("cart_add"))["items"] == [ITEM]
    await visitor.page.evaluate(f"gtag('event', 'purchase', {json.dumps(PAID)})")
    assert (await recorder.event("order"))["order_id"] == "T-1"


async def test_null_forgets_what_was_said_before_and_nothing_else_does(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop"))
    await visitor.page.evaluate(pushing({"ecommerce": CART}, {"event": "add_to_cart"}))
    await visitor.look(1100)
    assert (await recorder.event("cart_add"))["items"] == [ITEM]
    await visitor.page.evaluate(pushing({"ecommerce": None}, {"event": "remove_from_cart"}, ga4("begin_checkout", {"value": 3})))
    checkout = await recorder.event("checkout")
    assert (checkout["value"], checkout["items"], "currency" in checkout) == (3, [], False)
    assert recorder.events("cart_remove") == []


async def test_the_pages_push_does_and_returns_what_it_did(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop", before="<script>dataLayer = [{first: 1}]</script>"))
    await visitor.look(1100)
    assert await visitor.page.evaluate("dataLayer.push({a: 1}, {b: 2}) + ':' + JSON.stringify(dataLayer)") == '3:[{"first":1},{"a":1},{"b":2}]'


# Google's tag manager puts a push of its own over the array's, and calls the one that was there.
MANAGER = """{ const before = dataLayer.push; window.managed = 0;
  dataLayer.push = function () { window.managed += arguments.length; before.apply(dataLayer, [].slice.call(arguments)); return 'managed'; }; }"""


@pytest.mark.parametrize("first", ["manager", "tag"])
async def test_a_tag_manager_before_or_after_the_tag_hears_what_it_heard(web: Web, visitor: Visitor, recorder: Recorder, first: str) -> None:
    await visitor.open(web.page("shop", before=f"<script>dataLayer = []; {MANAGER if first == 'manager' else ''}</script>"))
    await visitor.look(1100)
    if first == "tag":
        await visitor.page.evaluate(MANAGER)
    assert await visitor.page.evaluate(f"dataLayer.push({json.dumps(ga4('add_to_cart', CART))})") == "managed"
    await recorder.event("cart_add")
    await settled(visitor, recorder)
    assert len(recorder.events("cart_add")) == 1
    assert recorder.events("cart_add")[0]["items"] == [ITEM]


async def test_a_data_layer_made_later_is_found_and_its_name_can_be_said(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop", tag='data-layer="gtmData"'))
    await visitor.look(2500)
    await visitor.page.evaluate(f"{pushing(ga4('remove_from_cart', CART))}; window.gtmData = [{json.dumps(ga4('add_to_cart', CART))}]")
    await visitor.look(1100)
    await recorder.event("cart_add")
    assert recorder.events("cart_remove") == []


async def test_the_data_layer_can_be_left_alone(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop", tag='data-layer="off"', before=f"<script>{pushing(ga4('add_to_cart', CART))}</script>"))
    await settled(visitor, recorder)
    assert recorder.events("cart_add") == []
    assert await visitor.page.evaluate("typeof dataLayer === 'undefined' || dataLayer.push === Array.prototype.push")


async def test_hostile_entries_stop_neither_the_page_nor_what_follows(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    hostile = """window.dataLayer = [null, undefined, 7, 'text', () => { throw Error('never called'); }, [], ['event'], ['event', null, null],
      { get ecommerce() { throw Error('read'); } }, { event: 'purchase', ecommerce: 'text' },
      { event: 'add_to_cart', ecommerce: { items: [null, 'x', 7, {}] } },
      { event: 'add_to_cart', ecommerce: { items: { item_id: {} } } }, { event: 'constructor', ecommerce: {} }, { event: {}, ecommerce: [] },
      { ecommerce: { add: 1 } },
      { event: 'view_promotion', ecommerce: { items: [null] } }, Object.create(null), { event: 'view_item', ecommerce: null }];"""
    await visitor.open(web.page("shop", before=f"<script>{hostile}</script>"))
    await visitor.look(1100)
    await visitor.page.evaluate(hostile.replace("window.dataLayer = [", "dataLayer.push(").replace("];", ");"))
    await visitor.page.evaluate(pushing({"ecommerce": None}, ga4("begin_checkout", CART)))
    await recorder.event("checkout")
    assert recorder.events("order") == []


# --- who is heard where several tell the same ---------------------------------------------------------------------------


async def test_a_cart_told_by_a_button_and_by_the_data_layer_counts_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    button = f"<button data-track-action='cart_add' data-track-id='MUG-1' onclick='{pushing(ga4('add_to_cart', CART))}'>Add</button>"
    await visitor.open(web.page(button))
    await visitor.look(1100)
    await visitor.page.click("button")
    await recorder.event("cart_add")
    await settled(visitor, recorder)
    assert [each["items"] for each in recorder.events("cart_add")] == [[{"id": "MUG-1"}]]


async def test_a_page_that_calls_for_its_carts_is_still_heard_for_its_orders(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop"))
    await visitor.page.evaluate(f"tracker('cart_add', {{items: [{{id: 'MUG-1'}}]}}); {pushing(ga4('add_to_cart', CART), ga4('purchase', PAID))}")
    await visitor.look(1100)
    await recorder.event("order", order_id="T-1")
    assert len(recorder.events("cart_add")) == 1


async def test_an_order_told_by_call_and_data_layer_counts_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    stub = "window.tracker = function () { (tracker.q = tracker.q || []).push(arguments); };"
    call = "tracker('order', {order_id: 'T-1', value: 19, currency: 'EUR'});"
    await visitor.open(web.page("thanks", before=f"<script>{stub}{call}{pushing(ga4('purchase', PAID))}</script>"))
    await settled(visitor, recorder)
    assert [each.get("coupon") for each in recorder.events("order")] == [None]


async def test_a_product_told_by_everybody_is_viewed_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    linked = '<script type="application/ld+json">{"@type": "Product", "sku": "MUG-1", "name": "Mug"}</script>'
    scoped = '<div itemscope itemtype="https://schema.org/Product"><meta itemprop="sku" content="MUG-1"><h1 itemprop="name">Mug</h1></div>'
    pushed = pushing(ga4("view_item", CART), ga4("view_item", CART))
    await visitor.open(web.page(scoped, before=f"{linked}<script>{pushed}</script>"))
    await visitor.page.evaluate("tracker('product_view', {items: [{id: 'MUG-1', name: 'called'}]})")
    await visitor.look(3500)
    await settled(visitor, recorder)
    assert [each["items"][0]["name"] for each in recorder.events("product_view")] == ["called"]


async def test_a_click_the_tag_sees_itself_is_not_counted_from_the_data_layer_too(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    mug = "<div data-track='product' data-track-id='MUG-1' style='height:50px'>Mug</div>"
    await visitor.open(web.page(mug))
    await visitor.look(1100)
    await visitor.page.click("[data-track]")
    await visitor.page.evaluate(pushing(ga4("select_item", CART)))
    await settled(visitor, recorder)
    assert max(each.get("clicks", 0) for each in recorder.events("content", content_id="MUG-1")) == 1


async def test_a_background_tab_tells_nothing_of_its_data_layer_before_it_is_looked_at(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.page.add_init_script(
        "let hidden = true; Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});"
        "window.look = () => { hidden = false; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    await visitor.open(web.page("shop", before=f"<script>{pushing(ga4('view_item', CART))}</script>"))
    await visitor.look(60_000)
    assert recorder.events() == []
    await visitor.page.evaluate("look()")
    await visitor.look(3500)
    await recorder.event("product_view")
