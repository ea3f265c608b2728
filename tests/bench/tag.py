"""The tag in a page: its size as served, and the main-thread time it costs, against Snowplow's and PostHog's on the same page in the same run.

A page of 1,000 tagged products is loaded and scrolled through under a CPU throttle of 4, without any tag and with each; rounds alternate. What a tag
adds is the difference of two medians: of the whole main thread's time with it, and without it. Under the throttle that time varies by hundreds of ms
where something else runs on the machine, so the two that the figure is made of have twice as many rounds. A peer that does not deliver what it was
set up for ends the run.
"""

from __future__ import annotations

import gzip
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.collector import collect
from tests.bench.figures import Figures, Options
from tests.bench.servers import SERVER_CORE, free_port, scratch, server
from tests.bench.tag_web import FLOOR, NONE, OURS, PEERS, POSTHOG, RIVALS, SNOWPLOW, ShopWeb, build_peers, script
from tests.bench.traces import CATEGORIES, Cost, cost
from tests.browser.engines import CHROMIUM_ARGS, PERSON, chromium
from tests.browser.pages import serving

ROUNDS = {NONE: 6, OURS: 6, FLOOR: 3, SNOWPLOW: 3, POSTHOG: 3}
THROTTLE = 4
SETTLED_MS = 3500  # what was seen last has been told: batches wait for two or three seconds
# As people scroll: a flick through ten frames, then a look of more than a second; nothing may be told as seen earlier.
SCROLL = """async ([flick, look]) => {
  const end = document.documentElement.scrollHeight - innerHeight, frame = () => new Promise(requestAnimationFrame);
  for (let top = 0; top < end; top += flick) {
    await new Promise((done) => setTimeout(done, look));
    for (let part = 1; part <= 10; part++) { scrollTo(0, top + flick * part / 10); await frame(); }
  }
}"""
FLICK_PX, LOOK_MS = 600, 1200  # of a screen of 700
# What must have arrived at least so often for each page view, as it stands in the bodies.
TOLD = {
    OURS: {'"page_view"': 1, '"content_id"': 950, '"cart_add"': 1},
    SNOWPLOW: {'"e":"pv"': 1, "expose_element/jsonschema": 950, "snowplow_ecommerce_action/jsonschema": 2},
    POSTHOG: {'"$pageview"': 1, '"$autocapture"': 1},
}


def run(options: Options) -> Figures:
    figures = Figures()
    sizes(figures)
    build_peers()
    with serving(ShopWeb()) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        costs = rounds(browser, web)
        browser.close()
    compare(figures, costs)
    what = f"{web.things:,} products, {THROTTLE} × CPU throttle, loaded, scrolled through, left to rest for {SETTLED_MS / 1000} s"
    figures.remark(f"{what}; medians of {ROUNDS[OURS]} rounds, {ROUNDS[SNOWPLOW]} of the peers, CPU time")
    delivered(figures, web)
    return figures


def sizes(figures: Figures) -> None:
    with scratch("tag") as folder:
        port = free_port()
        with server(collect(folder, port), f"http://127.0.0.1:{port}/healthz", [SERVER_CORE], folder / "collect.log"):
            for coding, key in (("gzip", "gzip_bytes"), ("br", "brotli_bytes")):
                with httpx.stream("GET", f"http://127.0.0.1:{port}/t.js", headers={"Accept-Encoding": coding}, trust_env=False) as answer:
                    if answer.headers.get("content-encoding") == coding:
                        figures.set(key, sum(map(len, answer.iter_raw())))
                    else:
                        figures.remark(f"/t.js is not served as {coding}")


def rounds(browser: Browser, web: ShopWeb) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = defaultdict(list)
    most = max(ROUNDS.values())
    for number in range(most):
        for rival in RIVALS:
            if number * ROUNDS[rival] % most == 0:
                costs[rival].append(visit(browser, web, rival))
    return costs


def visit(browser: Browser, web: ShopWeb, rival: str) -> Cost:
    """One page view from loading to leaving, traced until just before it is left."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, user_agent=PERSON)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    address = f"{web.url}/page/{rival}"
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(address)
    go_through(page)
    trace = browser.stop_tracing()
    page.goto("about:blank")
    page.wait_for_timeout(500)  # the beacons of the page that was left are under way
    context.close()
    return cost(trace, address, f"/tag/{rival}/t.js")


def go_through(page: Page) -> None:
    page.evaluate(SCROLL, [FLICK_PX, LOOK_MS])
    page.locator("[data-track-action=cart_add]").last.click()
    page.wait_for_timeout(SETTLED_MS)


def compare(figures: Figures, costs: dict[str, list[Cost]]) -> None:
    bare = median(costs[NONE], "main_thread_ms")
    added = {rival: median(costs[rival], "main_thread_ms") - bare for rival in RIVALS}
    figures.set("main_thread_ms", added[OURS])
    figures.set("longest_task_ms", median(costs[OURS], "longest_task_ms"))
    for peer in PEERS:
        figures.set(f"ratio_{peer}", added[OURS] / added[peer])
    for rival in (OURS, *PEERS, FLOOR):
        own, observing, longest = (median(costs[rival], part) for part in ("script_ms", "observing_ms", "longest_task_ms"))
        parts = f"its own script {own:,.0f} ms, the browser's reckoning of what is in view {observing:,.0f} ms"
        figures.remark(f"{rival}: {added[rival]:,.0f} ms of main thread ({parts}), longest task {longest:,.0f} ms")
    figures.remark(f"the floor observes the same elements and drops what it is told; ours is {added[OURS] / added[FLOOR]:.1f} times that")
    rounds_ms = ", ".join(f"{each.main_thread_ms:,.0f}" for each in costs[NONE])
    figures.remark(f"the page without a tag: {rounds_ms} ms in its rounds; all figures are what a tag adds to their median")


def median(costs: Iterable[Cost], part: str) -> float:
    return statistics.median(float(getattr(each, part)) for each in costs)


def delivered(figures: Figures, web: ShopWeb) -> None:
    """What arrived, per page view. A tag that did not tell what it was set up for was not measured."""
    for rival, words in TOLD.items():
        bodies = web.sent[rival]
        if missing := untold(bodies, words, ROUNDS[rival]):
            raise SystemExit(f"{rival} did not tell {', '.join(missing)} as often as it should: {len(bodies)} requests")
        a_view, requests, file = size(bodies) / ROUNDS[rival], len(bodies) / ROUNDS[rival], len(gzip.compress(script(rival), 9))
        figures.remark(f"{rival}: {a_view:,.0f} bytes in {requests:,.1f} requests sent per page view; its file has {file:,} bytes (gzip -9)")


def untold(bodies: Sequence[bytes], words: dict[str, int], views: int) -> list[str]:
    text = "".join(map(plain, bodies))
    return [word for word, least in words.items() if text.count(word) < least * views]


def plain(body: bytes) -> str:
    """PostHog packs what is large."""
    return (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()


def size(bodies: Iterable[bytes]) -> int:
    return sum(map(len, bodies))
