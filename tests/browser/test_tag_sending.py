"""How the tag sends: batches, retries, the last moment of a page; and that a shop never notices when something is in its way."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Page

from tests.browser.pages import Recorder, Visitor, Web
from tracker.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_waits_goes_by_beacon_when_the_page_is_left(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.look(100)
    await visitor.leave()
    await recorder.event("page_view")
    assert (recorder.headers[0]["sec-fetch-mode"], recorder.headers[0]["content-type"]) == ("no-cors", "text/plain;charset=UTF-8")


async def test_a_hidden_tab_sends_what_waits(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.hide()
    await recorder.event("page_view")


async def test_observations_share_a_batch_of_two_seconds(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    for each in ("a", "b", "c"):
        await visitor.page.evaluate("name => tracker('custom', {name})", each)
        await visitor.look(300)
    assert recorder.batches == []
    await visitor.look(1500)
    await recorder.event("custom", name="c")
    assert [event["type"] for event in recorder.batches[0]["events"]] == ["page_view", "custom", "custom", "custom"]


async def test_what_lasts_goes_with_what_is_sent_anyhow_or_every_ten_seconds(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page('<p data-track="promotion" data-track-id="summer">Summer</p>'))
    await visitor.look(2500)
    await recorder.event("page_view")
    await visitor.look(3000)
    await visitor.page.evaluate("tracker('order', {order_id: 'A1'})")
    await recorder.event("order")
    await visitor.look(35_000)
    await recorder.until(lambda r: any(event["seen_ms"] > 15_000 for event in r.events("content")))
    batches = [{event["type"] for event in batch["events"]} for batch in recorder.batches]
    assert batches[:2] == [{"page_view", "content"}, {"order", "content", "engagement"}]
    assert all(types <= {"content", "engagement"} for types in batches[2:])
    assert 1 <= len(batches[2:]) <= 4


async def test_carts_and_orders_do_not_wait(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("tracker('order', {order_id: 'A1', value: 10, currency: 'EUR', items: [{id: 'X1', quantity: 1}]})")
    order = await recorder.event("order")
    assert (order["order_id"], order["value"], order["items"]) == ("A1", 10, [{"id": "X1", "quantity": 1}])
    assert recorder.headers[0]["content-type"].startswith("text/plain")


async def test_a_retry_keeps_the_event_ids_and_waits_as_asked(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    recorder.answers[:] = [(503, {"Retry-After": "7"}), (429, {})]
    async with visitor.answered():
        await visitor.open(web.page("Hello"))
        await visitor.look(2500)
    await visitor.page.evaluate("tracker('cart_add', {items: [{id: 'X1'}]})")
    await visitor.look(6000)
    assert len(recorder.batches) == 1
    async with visitor.answered():
        await visitor.look(3500)
    assert len(recorder.batches) == 2
    await visitor.look(9000)
    await recorder.until(lambda r: len(r.batches) >= 3)
    first, second, third = (batch["events"] for batch in recorder.batches[:3])
    assert first[0] == second[0] == third[0]
    assert [event["type"] for event in second][:2] == ["page_view", "cart_add"]
    assert recorder.batches[0]["sent_at"] + 7000 <= recorder.batches[1]["sent_at"] < recorder.batches[2]["sent_at"]


async def test_a_refused_batch_is_not_sent_again(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    recorder.answers[:] = [(403, {})]
    async with visitor.answered():
        await visitor.open(web.page("Hello"))
        await visitor.look(2500)
    await visitor.look(30_000)
    await visitor.page.evaluate("tracker('custom', {name: 'later'})")
    await visitor.look(2500)
    await recorder.event("custom")
    assert [event["type"] for event in recorder.batches[0]["events"]] == ["page_view"]
    assert not any(event["type"] == "page_view" for batch in recorder.batches[1:] for event in batch["events"])


async def test_large_and_many_events_are_split(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("for (let i = 0; i < 900; i++) tracker('custom', {name: 'é'.repeat(i < 40 ? 2000 : 1), props: {i}})")
    await visitor.look(2500)
    await recorder.until(lambda r: len(r.events("custom")) == 900)
    assert max(len(batch["events"]) for batch in recorder.batches) <= 500
    assert max(len(json.dumps(batch, ensure_ascii=False).encode()) for batch in recorder.batches) <= Settings().body_max_bytes
    assert [event["props"]["i"] for event in recorder.events("custom")] == list(range(900))


async def test_a_large_last_moment_goes_in_several_beacons(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("for (let i = 0; i < 40; i++) tracker('custom', {name: 'x'.repeat(1000), props: {i}})")
    await visitor.leave()
    await recorder.until(lambda r: len(r.events("custom")) == 40)


async def say(visitor: Visitor, times: int) -> None:
    """As often as the tag lets a page say something in a minute."""
    for start in range(0, times, 1000):
        await visitor.page.evaluate("start => { for (let i = start; i < start + 1000; i++) tracker('custom', {name: 'n', props: {i}}) }", start)
        await visitor.look(60_000)


async def test_memory_is_bounded_while_the_collector_is_away(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    recorder.answers[:] = [(503, {"Retry-After": "600"})]
    async with visitor.answered():
        await visitor.open(web.page("Hello"))
        await visitor.look(2500)
    await say(visitor, 3000)
    await visitor.look(800_000)
    await recorder.until(lambda r: r.events("custom", props={"i": 2999}))
    assert len({event["id"] for event in recorder.events("custom")}) <= 1000


async def test_what_is_on_its_way_when_the_page_is_left_and_may_be_cut_off_goes_by_beacon_too(
    page: Page, web: Web, visitor: Visitor, recorder: Recorder
) -> None:
    await page.add_init_script("const real = fetch; window.fetch = (url, how) => how.keepalive ? real(url, how) : new Promise(() => {})")
    await visitor.open(web.page("Hello"))
    await page.evaluate("for (let i = 0; i < 40; i++) tracker('custom', {name: 'x'.repeat(1000), props: {i}})")
    await visitor.look(2500)
    assert recorder.events("custom") == []
    await visitor.hide()
    await recorder.until(lambda r: len(r.events("custom")) == 40)


async def test_each_page_view_has_a_batch_of_its_own(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("history.pushState(null, '', '/a'); history.pushState(null, '', '/b')")
    await visitor.look(2500)
    await recorder.until(lambda r: len(r.events("page_view")) == 3)
    views = [batch["page"]["url"] for batch in recorder.batches for event in batch["events"] if event["type"] == "page_view"]
    assert views == [web.url + path for path in ("/page", "/a", "/b")]


async def test_an_offer_in_the_answer_is_handed_to_the_page(page: Page, web: Web, visitor: Visitor) -> None:
    offers = [{"offer_id": "free-shipping", "response_code": "AB12"}, {"offer_id": "tea", "response_code": "CD34"}]
    await page.route("**/v1/events", lambda route: route.fulfill(status=202, json={"accepted": 1, "refused": [], "offers": offers}))
    await visitor.open(web.page("Hello"))
    await page.evaluate(
        "offered = []; document.addEventListener('tracker:offer', (event) => { offered.push(event.detail); throw new Error('page') })"
    )
    await page.evaluate("window.onerror = () => true")  # what a listener does wrong is the page's own affair
    await visitor.look(2500)
    await page.wait_for_function("offered.length === 2")
    assert await page.evaluate("offered") == offers


async def test_calls_made_before_the_tag_loads_are_kept(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    stub = "window.tracker = window.tracker || function(){(tracker.q = tracker.q || []).push(arguments)}"
    await visitor.open(web.page("Hello", before=f"<script>{stub}; tracker('custom', {{name: 'early'}})</script>"))
    await visitor.look(2500)
    await recorder.event("custom", name="early")
    assert [event["type"] for event in recorder.events()][:2] == ["page_view", "custom"]


async def test_a_second_copy_of_the_tag_does_nothing(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page('Hello<script src="/t.js" data-site="pk_test"></script>'))
    await visitor.look(5000)
    await visitor.leave()
    await recorder.event("engagement")
    await recorder.event("page_view")  # the beacon may overtake it
    # By their ids: where the page is left before an answer has come, the same event comes once more.
    assert len({event["id"] for event in recorder.events("page_view")}) == 1


async def test_the_endpoint_is_where_the_tag_came_from(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    elsewhere = web.url.replace("127.0.0.1", "localhost")
    for number, src in enumerate(("/shop/tag/t.js", "/t/0.1.0-abc123.js", elsewhere + "/t.js")):
        await visitor.open(web.page("Hello", f"/p{number}", src=src))
        await visitor.page.evaluate("name => tracker('order', {order_id: name})", src)
        await recorder.event("order", order_id=src)
    assert [headers["host"].split(":")[0] for headers in recorder.headers if "cookie" not in headers][-1] == "localhost"


async def test_props_are_taken_as_they_are_at_the_call(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("const cart = {items: [{id: 'X1', quantity: 1}]}; tracker('cart_set', cart); cart.items[0].quantity = 9")
    assert (await recorder.event("cart_set"))["items"] == [{"id": "X1", "quantity": 1}]


@pytest.mark.parametrize(
    "call",
    ["tracker()", "tracker('nonsense', {})", "tracker('consent')", "tracker('consent', {state: 'perhaps'})", "tracker('custom', {name: 1n})",
     "const loop = {}; loop.loop = loop; tracker('custom', loop)", "tracker('identify')", "tracker(null, null)", "tracker('page', 'x')"],
)  # fmt: skip
async def test_a_wrong_call_does_not_throw(web: Web, visitor: Visitor, recorder: Recorder, call: str) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate(f"() => {{ {call} }}")
    await visitor.page.evaluate("tracker('order', {order_id: 'still'})")
    await recorder.event("order", order_id="still")


@pytest.mark.parametrize(
    "hostile",
    [
        "window.fetch = () => { throw new Error('patched') }",
        "window.fetch = undefined; navigator.sendBeacon = undefined",
        "window.IntersectionObserver = undefined",
        "window.MutationObserver = undefined",
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked') }})",
        "Object.freeze(Array.prototype); Object.freeze(Object.prototype)",
        "window.tracker = 5",
        "history.pushState = function () { throw new Error('router') }",
    ],
)
async def test_a_hostile_page_goes_on_as_without_the_tag(page: Page, web: Web, hostile: str) -> None:
    await page.add_init_script(hostile)
    await page.goto(web.page('<a data-track="product" data-track-id="X1" href="#there">There</a>'), wait_until="networkidle")
    await page.click("a")
    assert page.url.endswith("#there")


async def test_a_tag_without_a_site_key_does_nothing(page: Page, web: Web, recorder: Recorder) -> None:
    web.pages["/bare"] = '<!doctype html><script src="/t.js"></script>Hello'
    await page.goto(web.url + "/bare", wait_until="networkidle")
    assert await page.evaluate("window.tracker === undefined")


async def test_a_page_that_is_driven_by_a_program_says_so(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'webdriver', {get: () => true})")
    await visitor.open(web.page("Hello"))
    await visitor.look(2500)
    await recorder.event("page_view")
    assert recorder.batches[0]["webdriver"] is True


async def test_debug_tells_in_the_console(page: Page, web: Web, visitor: Visitor) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    await visitor.open(web.page('<p data-track="product">no id</p>', tag="data-debug"))
    await visitor.page.evaluate("tracker('nonsense')")
    assert any("no id" in text for text in told)
