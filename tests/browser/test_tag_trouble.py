"""When something is in the way: silence, an outage, a full or missing beacon, a reload meanwhile, a second copy of the tag."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route

from tests.browser.pages import Json, Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORED = "sessionStorage.getItem('tracker.queue')"


def noted(recorder: Recorder, code: str) -> int:
    return sum(batch.get("notes", {}).get(code, 0) for batch in recorder.batches)


async def open_while_away(visitor: Visitor, recorder: Recorder, address: str) -> None:
    """The page is open, its first batch was sent, and the answer has arrived: come back in ten minutes."""
    recorder.answers[:] = [(503, {"Retry-After": "600"})]
    async with visitor.answered():
        await visitor.open(address)
        await visitor.look(2500)


def fetched(recorder: Recorder) -> list[Json]:
    """The batches that were not sent by beacon."""
    return [batch for batch, headers in zip(recorder.batches, recorder.headers, strict=True) if headers["sec-fetch-mode"] == "cors"]


async def test_silence_is_borne_three_times_then_the_browser_must_come_online(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    tries: list[Json] = []

    async def refuse(route: Route) -> None:
        tries.append(json.loads(route.request.post_data or ""))
        await route.abort()

    await page.route("**/v1/events", refuse)
    await visitor.open(web.page("Hello"))
    for _ in range(30):
        await visitor.look(5000)
    assert len(tries) == 3
    assert len({each["sent_at"] for each in tries}) == 3
    assert all(each["events"][0] == tries[0]["events"][0] for each in tries)
    await page.unroute("**/v1/events")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await recorder.event("page_view", id=tries[0]["events"][0]["id"])
    await page.evaluate("tracker('order', {order_id: 'A1'})")
    await recorder.event("order")
    assert noted(recorder, "send_failed") == 1


async def test_what_could_not_be_sent_survives_a_reload(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await open_while_away(visitor, recorder, web.page("Hello"))
    answered = asyncio.Semaphore(0)

    def count(request: Request) -> None:
        if request.resource_type == "fetch":
            answered.release()

    page.on("requestfinished", count)
    await visitor.open(web.url + "/page")
    assert json.loads(await page.evaluate(STORED))[0][1]["page"]["id"] == recorder.batches[0]["page"]["id"]
    await visitor.look(2500)
    await recorder.until(lambda r: len(fetched(r)) >= 3)
    first, again, new = fetched(recorder)[:3]
    assert again["events"][: len(first["events"])] == first["events"]
    assert again["sent_at"] > first["sent_at"]
    assert (again["page"]["id"], again["visitor"]) == (first["page"]["id"], first["visitor"])
    assert (new["page"]["id"], new["visitor"]) != (first["page"]["id"], first["visitor"])
    for _ in (again, new):
        await answered.acquire()
    await visitor.look(100)
    await visitor.open(web.url + "/page")
    assert await page.evaluate(STORED) is None


async def test_without_consent_nothing_waits_in_the_browser(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await open_while_away(visitor, recorder, web.page("Hello", tag='data-consent="required"'))
    await visitor.hide()
    await recorder.until(lambda r: len(r.batches) >= 2)
    assert await page.evaluate(STORED) is None


async def test_who_withdraws_consent_leaves_nothing_waiting(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await open_while_away(visitor, recorder, web.page("Hello"))
    await visitor.hide()
    assert "page_view" in await page.evaluate(STORED)
    await visitor.hide(False)
    await page.evaluate("tracker('consent', 'denied')")
    assert await page.evaluate(STORED) is None


@pytest.mark.parametrize("damage", ["'nonsense'", "'{}'", "'[5]'", "'null'"])
async def test_a_damaged_store_stops_nothing(page: Page, web: Web, visitor: Visitor, recorder: Recorder, damage: str) -> None:
    await page.add_init_script(f"if (location.protocol == 'http:') sessionStorage.setItem('tracker.queue', {damage})")
    await visitor.open(web.page("Hello"))
    await visitor.look(2500)
    await recorder.event("page_view")


BLOCKED = "Object.defineProperty(window, '{}', {{get() {{ throw new DOMException('denied', 'SecurityError') }}}});"


async def test_blocked_storage_stops_nothing(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script(BLOCKED.format("sessionStorage") + BLOCKED.format("localStorage"))
    await open_while_away(visitor, recorder, web.page("Hello"))
    await visitor.leave()
    await recorder.until(lambda r: len(r.batches) >= 2)
    assert recorder.batches[1]["events"][0] == recorder.batches[0]["events"][0]


async def test_a_browser_without_beacons_sends_the_last_moment_too(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script("navigator.sendBeacon = undefined")
    await visitor.open(web.page("Hello"))
    await visitor.look(100)
    await visitor.leave()
    await recorder.event("page_view")
    assert recorder.headers[0]["sec-fetch-mode"] == "cors"
    assert noted(recorder, "beacon_refused") == 1


async def test_a_beacon_that_is_refused_is_split(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script(
        "const real = navigator.sendBeacon.bind(navigator); navigator.sendBeacon = (url, body) => body.length < 3000 && real(url, body);"
    )
    await visitor.open(web.page("Hello"))
    await page.evaluate("for (let i = 0; i < 40; i++) tracker('custom', {name: 'x'.repeat(200), props: {i}})")
    await visitor.hide()
    await recorder.until(lambda r: len(r.events("custom")) == 40)
    assert max(len(json.dumps(batch, separators=(",", ":"))) for batch in recorder.batches) < 3000
    assert sorted(event["props"]["i"] for event in recorder.events("custom")) == list(range(40))
    assert noted(recorder, "beacon_refused") == 0


async def test_what_gives_way_is_counted(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await open_while_away(visitor, recorder, web.page("Hello"))
    for start in (0, 1000, 2000):
        await visitor.page.evaluate("start => { for (let i = start; i < start + 1000; i++) tracker('custom', {name: 'n', props: {i}}) }", start)
        await visitor.look(60_000)
    await visitor.look(600_000)
    await recorder.until(lambda r: r.events("custom", props={"i": 2999}))
    arrived = {event["id"] for batch in recorder.batches[1:] for event in batch["events"] if event["type"] in ("custom", "page_view")}
    assert noted(recorder, "dropped") >= 3001 - len(arrived) > 1900


async def test_a_page_that_tells_without_end_is_heard_a_thousand_times_a_minute(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello"))
    await visitor.page.evaluate(
        "told = 0; setInterval(() => { for (let i = 0; i < 50; i++) { tracker('custom', {name: 'n', props: {told}}); told++ } }, 100)"
    )
    for _ in range(45):  # in steps: the network's time is no page's, and what has no room meanwhile is lost
        await visitor.look(2000)
    await visitor.page.evaluate("tracker('order', {order_id: 'A1'})")
    await recorder.event("order")
    told = await visitor.page.evaluate("told")
    heard = len(recorder.events("custom"))
    assert told > 40_000
    assert 1900 <= heard <= 3000  # of two or three minutes by the clock, less what had no room in memory
    assert 0 <= noted(recorder, "dropped") - (told - heard) <= 10  # other events had none either


async def test_a_second_copy_is_told_once_by_the_first(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    second = '<script src="/t.js?again" data-site="pk_test"></script>'
    await visitor.open(web.page("Hello" + second + second))
    await visitor.look(2500)
    await visitor.page.evaluate("tracker('order', {order_id: 'A1'})")
    await recorder.event("order")
    assert noted(recorder, "second_tag") == 1
    assert len(recorder.events("page_view")) == 1


async def test_a_duplicated_tab_sends_nothing_under_a_new_id(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    """The browser gives the copy the same sessionStorage."""
    await open_while_away(visitor, recorder, web.page("Hello"))
    await visitor.hide()
    waiting: Any = await page.evaluate(STORED)
    copy = await page.context.new_page()
    await copy.add_init_script(f"if (location.protocol == 'http:') sessionStorage.setItem('tracker.queue', {json.dumps(waiting)})")
    await copy.goto(web.url + "/page")
    await copy.wait_for_function("window.tracker && window.tracker.version")
    await copy.clock.run_for(2500)
    await recorder.until(lambda r: len(r.events("page_view")) == 2)
    await copy.close()
    first = recorder.batches[0]
    assert {event["id"] for batch in recorder.batches if batch["page"]["id"] == first["page"]["id"] for event in batch["events"]
            if event["type"] == "page_view"} == {first["events"][0]["id"]}  # fmt: skip
