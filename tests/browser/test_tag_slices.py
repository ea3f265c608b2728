"""A large page is read in slices, so that it never waits for the tag; and nothing of it is missed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route

from tests.browser.pages import Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

ITEM = '<article data-track="product" data-track-id="X{0}" style="height:20px">{0}</article>'

# Each look at the clock takes a millisecond, and each task that a timer begins has a number. (Numbered by messages of its own,
# the page would count two slices as one task where a busy machine runs two timers before the next message.)
SLOW = """
if (location.protocol == 'http:') {
  let ms = Date.now(), task = 0;
  Date.now = () => ++ms;
  const later = setTimeout;
  window.setTimeout = (does, ...more) => later((...given) => { task++; does(...given); }, ...more);
  window.read = [];
  const observe = IntersectionObserver.prototype.observe;
  IntersectionObserver.prototype.observe = function (element) { read.push([task, element.textContent]); return observe.call(this, element); };
}
"""


async def test_a_thousand_elements_are_read_in_slices_and_in_their_order(page: Page, web: Web) -> None:
    await page.add_init_script(SLOW)
    await page.goto(web.page("".join(ITEM.format(n) for n in range(1000))))
    await page.wait_for_function("read.length >= 1000")
    read = await page.evaluate("read")
    assert [text for _, text in read] == [str(n) for n in range(1000)]
    tasks = [task for task, _ in read]
    assert max(tasks.count(task) for task in set(tasks)) <= 5


async def test_elements_added_by_the_thousand_are_read_in_slices(page: Page, web: Web) -> None:
    await page.add_init_script(SLOW)
    await page.goto(web.page("<main></main>"))
    await page.wait_for_function("window.tracker && tracker.version")
    await page.evaluate("html => { document.querySelector('main').innerHTML = html; }", "".join(ITEM.format(n) for n in range(1000)))
    await page.wait_for_function("read.length >= 1000")
    tasks = [task for task, _ in await page.evaluate("read")]
    assert max(tasks.count(task) for task in set(tasks)) <= 5


async def test_while_the_page_comes_in_it_is_looked_through_and_nothing_listens_to_it(page: Page, web: Web) -> None:
    """Each half of the page waits for a script; the tag is there before both."""
    held = {name: asyncio.Event() for name in ("first", "second")}

    async def hold(route: Route) -> None:
        await held[route.request.url.rsplit("/", 1)[1].removesuffix(".js")].wait()
        await route.fulfill(body="", content_type="text/javascript")

    for name in held:
        await page.route(f"**/{name}.js", hold)
    await page.add_init_script("""
        window.watched = []; window.followed = [];
        const observe = IntersectionObserver.prototype.observe, follow = MutationObserver.prototype.observe;
        IntersectionObserver.prototype.observe = function (element) { watched.push(element.textContent); return observe.call(this, element); };
        MutationObserver.prototype.observe = function (root, how) {
          if (how.attributeFilter) followed.push(document.readyState);
          return follow.call(this, root, how);
        };
    """)
    halves = ITEM.format(1) + '<script src="/first.js"></script>' + ITEM.format(2) + '<script src="/second.js"></script>' + ITEM.format(3)
    await page.goto(web.page(halves), wait_until="commit")
    await page.wait_for_function("watched.join() === '1'")
    held["first"].set()
    await page.wait_for_function("watched.join() === '1,2'")
    assert await page.evaluate("[document.readyState, followed]") == ["loading", []]
    held["second"].set()
    await page.wait_for_function("watched.join() === '1,2,3'")
    await page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", ITEM.format(4))
    await page.wait_for_function("watched.join() === '1,2,3,4'")
    assert set(await page.evaluate("followed")) <= {"interactive", "complete"}


async def test_the_next_page_view_begins_anew(page: Page, web: Web, recorder: Recorder) -> None:
    """What was not read yet when the address changed is read once, for the new page."""
    await page.add_init_script(SLOW)
    await page.goto(web.page("".join(ITEM.format(n) for n in range(500))))
    await page.wait_for_function("read.length >= 50")
    before = await page.evaluate("history.pushState(null, '', '/next'), read.length")
    await page.wait_for_function("before => read.length >= before + 492", arg=before)
    await page.wait_for_function("before => read.slice(-1)[0][1] === '499'", arg=before)


async def test_a_shadow_root_attached_late_is_found_with_the_next_change(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page('<div id="host"></div><p>Hello</p>'))
    await visitor.look(3000)
    await visitor.page.evaluate(
        "const root = document.querySelector('#host').attachShadow({mode: 'open'});"
        "root.innerHTML = '<div data-track=promotion data-track-id=late style=height:100px>Late</div>';"
    )
    await visitor.look(3000)
    await visitor.page.evaluate("document.querySelector('p').textContent = 'changed'")
    await visitor.look(1000)
    await visitor.look(4000)
    await visitor.hide()
    assert (await recorder.event("content", content_id="late"))["seen_ms"] >= 1000
