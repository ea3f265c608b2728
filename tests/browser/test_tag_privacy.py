"""What the tag keeps in a browser, and when it keeps nothing."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.browser.pages import Json, Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_LOCAL_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError') }})"
NO_COOKIE = "Object.defineProperty(document, 'cookie', {get: () => '', set: () => {}})"
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"


async def stored(page: Page) -> Json:
    """Everything a script can leave behind in this origin."""
    kept: Json = await page.evaluate("({local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie})")
    return kept


async def visitor_of(recorder: Recorder, marker: str) -> str | None:
    """Who the batch with this custom event came from."""
    await recorder.event("custom", name=marker)
    return next(batch.get("visitor") for batch in recorder.batches for event in batch["events"] if event.get("name") == marker)


async def mark(visitor: Visitor, recorder: Recorder, marker: str) -> str | None:
    await visitor.page.evaluate("name => tracker('custom', {name})", marker)
    await visitor.look(2500)
    return await visitor_of(recorder, marker)


async def test_a_visitor_is_the_same_on_the_next_page(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("one"))
    first = await mark(visitor, recorder, "one")
    await visitor.open(web.page("two", "/two"))
    assert first is not None
    assert await mark(visitor, recorder, "two") == first
    assert (await stored(visitor.page))["local"] == {"tracker.visitor": first}


async def test_nothing_is_stored_before_consent(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello", tag='data-consent="required"'))
    await visitor.page.evaluate("tracker('identify', {customer_id: 'c-ann'}); tracker('cart_add', {items: [{id: 'X1'}]})")
    assert await mark(visitor, recorder, "before") is None
    assert await stored(visitor.page) == {"local": {}, "session": {}, "cookie": ""}
    assert recorder.events("identify") == []


async def test_consent_opens_a_page_view_of_a_known_visitor(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    address = web.page("Hello", tag='data-consent="required"')
    await visitor.open(address)
    await visitor.page.evaluate("tracker('identify', {customer_id: 'c-ann', how: 'login'})")
    assert await mark(visitor, recorder, "before") is None
    await visitor.page.evaluate("tracker('consent', {state: 'granted', purposes: ['marketing']})")
    known = await mark(visitor, recorder, "after")
    assert known is not None
    types = [event["type"] for batch in recorder.batches if batch.get("visitor") == known for event in batch["events"]]
    assert types == ["page_view", "consent", "identify", "custom"]
    assert (await recorder.event("consent"))["purposes"] == ["marketing"]
    assert len({batch["page"]["id"] for batch in recorder.batches}) == 2  # the cookieless id and the visitor never share a page
    await visitor.open(address)
    assert await mark(visitor, recorder, "next page") == known


async def test_a_refusal_takes_everything_away(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello", tag='data-consent="required"'))
    await visitor.page.evaluate("tracker('consent', 'granted')")
    known = await mark(visitor, recorder, "granted")
    await visitor.page.evaluate("tracker('consent', 'denied')")
    assert await mark(visitor, recorder, "denied") is None
    assert await stored(visitor.page) == {"local": {}, "session": {}, "cookie": ""}
    denied = [batch.get("visitor") for batch in recorder.batches for event in batch["events"] if event.get("state") == "denied"]
    assert denied == [known]


async def test_where_consent_is_implied_only_the_refusal_is_remembered(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    address = web.page("Hello")
    await visitor.open(address)
    await visitor.page.evaluate("tracker('consent', 'denied')")
    await visitor.open(address)
    assert await mark(visitor, recorder, "denied") is None
    assert (await stored(visitor.page))["local"] == {"tracker.consent": "denied"}


async def test_the_same_answer_is_sent_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    address = web.page("Hello")
    for marker in ("one", "two"):
        await visitor.open(address)
        await visitor.page.evaluate("tracker('consent', {state: 'granted', purposes: ['marketing']})")
        await mark(visitor, recorder, marker)
    assert len(recorder.events("consent")) == 1


async def test_global_privacy_control_is_a_no(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    address = web.page("Hello")
    await visitor.open(address)
    await mark(visitor, recorder, "without")
    await page.add_init_script(GPC)
    await visitor.open(address)
    await visitor.page.evaluate("tracker('consent', 'granted'); tracker('identify', {customer_id: 'c-ann'})")
    assert await mark(visitor, recorder, "with") is None
    assert recorder.batches[-1]["gpc"] is True
    assert await stored(page) == {"local": {}, "session": {}, "cookie": ""}
    assert recorder.events("identify") == []


async def test_a_cookie_serves_where_local_storage_is_blocked(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script(NO_LOCAL_STORAGE)
    address = web.page("Hello")
    await visitor.open(address)
    first = await mark(visitor, recorder, "one")
    await visitor.open(address)
    assert first is not None
    assert await mark(visitor, recorder, "two") == first
    assert await page.evaluate("document.cookie") == f"tracker.visitor={first}"


async def test_where_nothing_can_be_stored_the_visit_is_cookieless(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script(NO_LOCAL_STORAGE + ";" + NO_COOKIE)
    await visitor.open(web.page("Hello"))
    assert await mark(visitor, recorder, "here") is None
    assert [event["type"] for event in recorder.events()][:2] == ["page_view", "custom"]


async def test_a_damaged_id_is_replaced(page: Page, web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await page.add_init_script("if (location.protocol == 'http:') localStorage.setItem('tracker.visitor', 'x'.repeat(5000))")
    await visitor.open(web.page("Hello"))
    assert len(await mark(visitor, recorder, "here") or "") == 36


async def test_form_fields_are_not_read(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    fields = '<input id="mail" name="mail"><input type="password" value="geheim">'
    await visitor.open(web.page(f'<form data-track="product" data-track-id="X1">{fields}</form>'))
    await visitor.page.fill("#mail", "ann@shop.example")
    await visitor.page.click("#mail")
    await visitor.look(5000)
    await visitor.leave()
    await recorder.event("content")
    assert "ann@" not in str(recorder.batches)
    assert "geheim" not in str(recorder.batches)


HOOK = """<script>
window.redact = (event, page) => {
  page.url = page.url.split('?')[0];
  if (event.name === 'secret') return null;
  if (event.name === 'forgotten') return undefined;
  if (event.name === 'broken') throw new Error('the hook failed');
  if (event.props) event.props.card = '…';
  return event;
};
</script>"""


async def test_before_send_changes_and_drops_events_and_what_it_fails_on_is_not_sent(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    web.page("Hello", before=HOOK, tag='data-before-send="redact"')
    await visitor.open(web.url + "/page?token=abc")
    await visitor.page.evaluate("['secret', 'forgotten', 'broken', 'fine'].forEach(name => tracker('custom', {name, props: {card: '4111'}}))")
    await visitor.look(2500)
    await recorder.event("custom", name="fine")
    assert [event["props"] for event in recorder.events("custom")] == [{"card": "…"}]
    assert {batch["page"]["url"] for batch in recorder.batches} == {web.url + "/page"}
    assert recorder.batches[0]["notes"] == {"dropped": 2}


async def test_a_hook_that_is_not_there_lets_nothing_out(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("Hello", tag='data-before-send="redact"'))
    await visitor.page.evaluate("tracker('custom', {name: 'early'})")
    await visitor.page.evaluate("window.redact = (event) => event; tracker('custom', {name: 'late'})")
    await visitor.look(2500)
    await recorder.event("custom", name="late")
    assert recorder.events("custom", name="early") == []
    assert recorder.batches[0]["notes"] == {"dropped": 2}  # the page view too
