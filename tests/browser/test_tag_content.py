"""What the tag sees: page views, content seen, touched and clicked, how long somebody reads."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page

from tests.browser.pages import Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PROMOTION = '<div id="promo" data-track="promotion" data-track-id="summer" data-track-name="Summer" style="height:300px">Summer</div>'
TALL = '<div style="height:3000px"></div>'


async def test_a_page_view_is_sent_on_load(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.look(2000)
    view = await recorder.event("page_view")
    batch = recorder.batches[0]
    assert (batch["v"], batch["site"]) == (1, "pk_test")
    assert batch["page"] | {"id": ""} == {"id": "", "url": web.url + "/page", "title": "/page", "referrer": ""}
    assert all(UUID7.fullmatch(each) for each in (view["id"], batch["visitor"], batch["page"]["id"]))
    assert abs(batch["sent_at"] - view["at"]) < 10_000


async def test_ids_rise_even_within_a_millisecond(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate("for (let i = 0; i < 50; i++) tracker('custom', {name: 'n' + i})")
    await visitor.look(2000)
    await recorder.event("custom", name="n49")
    ids = [event["id"] for event in recorder.events("custom")]
    assert ids == sorted(set(ids))


async def test_a_promotion_is_seen_after_a_second(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + TALL))
    await visitor.look(3500)
    seen = await recorder.event("content", kind="promotion", content_id="summer")
    assert seen["seen_ms"] >= 1000
    assert (seen["seen_ratio"], seen["position"], seen["name"], "clicks" in seen) == (1, 1, "Summer", False)


async def test_a_glimpse_is_not_seeing(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + TALL))
    await visitor.look(600)
    await visitor.scroll(2000)
    await visitor.look(5000)
    await visitor.leave()
    await recorder.until(lambda r: any(e["scroll_pct"] > 50 for e in r.events("engagement")))
    assert recorder.events("content") == []


async def test_glimpses_add_up_to_seeing(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + TALL))
    for _ in range(2):
        await visitor.scroll(0)
        await visitor.look(600)
        await visitor.scroll(2000)
        await visitor.look(100)
    await visitor.leave()
    assert 1200 <= (await recorder.event("content"))["seen_ms"] < 2500


async def test_a_large_element_is_seen_with_a_third_of_it_in_view(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    large = '<div style="height:500px"></div><div data-track="editorial" data-track-id="{}" style="height:{}px;width:600px"></div>' + TALL
    await visitor.open(web.page(large.format("story", 600)))  # 360,000 px², 200 of 600 px in view
    await visitor.look(3500)
    assert (await recorder.event("content", content_id="story"))["seen_ratio"] == pytest.approx(0.33, abs=0.01)
    await visitor.open(web.page(large.format("small", 400).replace("500px", "550px"), "/small"))  # 240,000 px², 150 of 400 px in view
    await visitor.look(5000)
    await visitor.leave()
    await recorder.until(lambda r: any(b["page"]["url"].endswith("/small") and "engagement" in str(b) for b in r.batches))
    assert recorder.events("content", content_id="small") == []


async def test_an_article_longer_than_three_screens_is_seen_by_its_opening(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    opening = '<header data-track="editorial" data-track-id="opening" style="height:300px">…</header>'
    await visitor.open(web.page(f'<article data-track="editorial" data-track-id="whole" style="height:7000px">{opening}</article>'))
    await visitor.look(3500)
    assert (await recorder.event("content", content_id="opening"))["seen_ms"] >= 1000
    assert recorder.events("content", content_id="whole") == []


async def test_a_pointer_that_rests_touches(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + '<p id="else">else</p>' + TALL))
    await visitor.hover("#promo", 200)
    await visitor.hover("#else", 100)
    await visitor.hover("#promo", 500)
    await visitor.hover("#else", 3000)
    touched = await recorder.event("content")
    assert touched["touches"] == 1
    assert 500 <= touched["touched_ms"] < 1500


async def test_a_finger_does_not_touch(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + TALL))
    await visitor.page.dispatch_event("#promo", "pointerover", {"pointerType": "touch", "bubbles": True})
    await visitor.look(3500)
    assert "touches" not in await recorder.event("content")


async def test_a_click_is_counted_and_the_link_works_as_ever(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    web.page("There", "/there")
    await visitor.open(web.page('<a data-track="advertisement" data-track-id="ad" href="/there">Go</a>'))
    await visitor.page.click("a")
    await visitor.page.wait_for_url("**/there")
    clicked = await recorder.event("content", content_id="ad")
    assert (clicked["clicks"], clicked["seen_ms"]) == (1, 0)
    assert not await visitor.page.evaluate("document.querySelector('a')")


async def test_a_product_in_a_promotion_counts_for_both(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    inner = '<b id="in" data-track="product" data-track-id="X1" data-track-price="199.90" data-track-currency="EUR">X1</b>'
    await visitor.open(web.page(f'<div data-track="promotion" data-track-id="summer">{inner}</div>'))
    await visitor.page.click("#in")
    await visitor.look(3500)
    product, promotion = await recorder.event("content", kind="product"), await recorder.event("content", kind="promotion")
    assert (product["clicks"], promotion["clicks"]) == (1, 1)
    assert (product["price"], product["currency"]) == (199.9, "EUR")
    assert "price" not in promotion


async def test_content_is_sent_again_only_when_it_changed(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + TALL))
    await visitor.look(1500)
    await visitor.scroll(2000)
    await visitor.look(20_000)
    await visitor.hide()
    await visitor.hide(False)
    await visitor.look(3000)
    await visitor.leave()
    await recorder.until(lambda r: max(e["engaged_ms"] for e in r.events("engagement") or [{"engaged_ms": 0}]) > 20_000)
    rows = recorder.events("content")
    assert 1 <= len(rows) <= 2  # once when it counted as seen, once for what was added until it was scrolled away
    assert [row["seen_ms"] for row in rows] == sorted({row["seen_ms"] for row in rows})


async def test_long_looking_is_told_at_growing_intervals(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION))
    await visitor.look(60_000)
    await recorder.until(lambda r: any(e["seen_ms"] >= 32_000 for e in r.events("content")))
    rows = recorder.events("content")
    assert len(rows) <= 7
    assert len({row["id"] for row in rows}) == len(rows)


async def test_time_in_a_hidden_tab_does_not_count(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION))
    await visitor.look(1500)
    await visitor.hide()
    left_at = await visitor.page.evaluate("Date.now()")
    await visitor.page.clock.run_for(60_000)
    await visitor.leave()
    seen = await recorder.event("content")
    assert 1000 <= seen["seen_ms"] < 3000
    assert seen["at"] <= left_at
    assert max(event["engaged_ms"] for event in recorder.events("engagement")) < 3000


async def test_content_added_later_is_seen_too(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Wait …"))
    await visitor.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", f"<section>{PROMOTION}</section>")
    await visitor.look(3500)
    assert (await recorder.event("content"))["content_id"] == "summer"


async def test_an_element_that_gets_another_id_is_another_content(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION))
    await visitor.look(1500)
    await visitor.page.evaluate("document.querySelector('#promo').dataset.trackId = 'winter'")
    await visitor.look(3500)
    await visitor.hide()
    await recorder.event("content", content_id="winter")
    assert (await recorder.event("content", content_id="summer"))["seen_ms"] < 3000


async def test_a_product_page_is_a_product_view_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    tags = 'data-track="product" data-track-view data-track-id="X1" data-track-name="X1" data-track-price="199.90"'
    await visitor.open(web.page(f"<main {tags}>X1</main>"))
    await visitor.page.evaluate("history.replaceState(null, '', '?colour=red')")
    await visitor.look(2500)
    await recorder.until(lambda r: len(r.events("page_view")) == 2)
    assert [event["items"] for event in recorder.events("product_view")] == [[{"id": "X1", "name": "X1", "price": 199.9}]]


async def test_a_page_of_a_single_page_app_is_a_page_view(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(PROMOTION + '<a href="#part">part</a>'))
    await visitor.look(1500)
    await visitor.page.evaluate("history.pushState(null, '', '/next?x=1'); document.title = 'Next'")
    await visitor.page.evaluate("history.replaceState({}, '', '/next?x=1')")
    await visitor.page.click("a")
    await visitor.look(3000)
    await recorder.until(lambda r: len(r.events("page_view")) == 2)
    await visitor.page.evaluate("history.go(-2)")
    await visitor.look(3000)
    await recorder.until(lambda r: len(r.events("page_view")) == 3)
    pages = {batch["page"]["id"]: batch["page"] for batch in recorder.batches}
    assert [(page["url"], page["referrer"]) for page in pages.values()] == [
        (web.url + "/page", ""), (web.url + "/next?x=1", web.url + "/page"), (web.url + "/page", web.url + "/next?x=1"),
    ]  # fmt: skip
    assert [page["title"] for page in pages.values()][1] == "Next"


async def test_reading_time_and_scroll_depth_are_told(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page('<div style="height:1400px"></div>'))
    await visitor.look(10_000)
    await visitor.scroll(350)
    await visitor.look(1000)
    await visitor.leave()
    last = (await recorder.until(lambda r: [e for e in r.events("engagement") if e["engaged_ms"] >= 11_000]))[-1]
    assert last["scroll_pct"] == 75
    assert [e["engaged_ms"] for e in recorder.events("engagement")] == sorted(e["engaged_ms"] for e in recorder.events("engagement"))


async def test_a_search_page_tells_query_and_results(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    web.page('<h1 data-track-results="3">3 found</h1>', "/search")
    await visitor.open(web.url + "/search?q=espresso%20cup")
    await visitor.look(3500)
    search = await recorder.event("search")
    assert (search["query"], search["results"]) == ("espresso cup", 3)


async def test_the_name_of_the_search_parameter_can_be_said(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    web.page("found", "/find", tag='data-search="begriff,wort"')
    await visitor.open(web.url + "/find?q=not&wort=kanne")
    await visitor.look(3500)
    assert (await recorder.event("search"))["query"] == "kanne"


async def test_a_tab_in_the_background_is_no_page_view_until_it_is_looked_at(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script(
        "let hidden = true; Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});"
        "window.look = () => { hidden = false; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    await visitor.open(web.page(PROMOTION))
    await visitor.look(60_000)
    assert recorder.events() == []
    await page.evaluate("look()")
    await visitor.look(2500)
    assert len(await recorder.until(lambda r: r.events("page_view"))) == 1


async def test_the_part_after_the_hash_is_a_page_where_the_shop_says_so(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello", tag="data-hash"))
    await visitor.page.evaluate("location.hash = '#/cart'")
    await visitor.look(2500)
    await recorder.until(lambda r: len(r.events("page_view")) == 2)
    pages = {batch["page"]["id"]: batch["page"] for batch in recorder.batches}
    assert [(page["url"], page["referrer"]) for page in pages.values()] == [(web.url + "/page", ""), (web.url + "/page#/cart", web.url + "/page")]
