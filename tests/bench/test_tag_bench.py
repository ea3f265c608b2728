"""The tag's benchmark measures what it says: traces are read right, the page is the same but for its tag, what did not arrive is noticed."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from playwright.sync_api import sync_playwright

from tests.bench.tag import TOLD, untold, visit
from tests.bench.tag_web import NONE, OURS, POSTHOG, SOURCES, ShopWeb, html
from tests.bench.traces import Cost, cost, outer_ms
from tests.browser.engines import CHROMIUM_ARGS, chromium
from tests.browser.pages import serving

PAGE, TAG = "http://shop.example/page", "/tag/ours/t.js"


def trace(*tasks: tuple[int, str], thread: int = 1) -> bytes:
    """Each task took so many ms of CPU, and one function of the script at this address ran in it."""
    events = [{"name": "ParseHTML", "ph": "X", "pid": 7, "tid": 1, "ts": 0, "dur": 0, "args": {"beginData": {"url": PAGE}}}]
    for number, (ms, url) in enumerate(tasks, start=1):
        same = {"ph": "X", "pid": 7, "tid": thread, "ts": number * 1_000_000}
        events.append({**same, "name": "RunTask", "dur": 900_000, "tdur": ms * 1000, "args": {}})
        events.append({**same, "name": "FunctionCall", "dur": 9000, "tdur": 5000, "args": {"data": {"url": url}}})
    return json.dumps({"traceEvents": events}).encode()


def test_a_trace_tells_the_cpu_time_of_all_tasks_and_the_longest_with_the_script_in_it() -> None:
    read = trace((20, "http://shop.example" + TAG), (70, "http://shop.example/other.js"), (30, "http://shop.example" + TAG))
    assert cost(read, PAGE, TAG) == Cost(main_thread_ms=120, longest_task_ms=30, script_ms=10, observing_ms=0)


def test_of_calls_inside_each_other_the_outermost_counts() -> None:
    calls = [{"ts": ts, "dur": dur, "tdur": dur} for ts, dur in ((3000, 1000), (0, 9000), (0, 2000), (9000, 4000))]
    assert outer_ms(calls) == 13


def test_a_trace_of_another_page_or_thread_ends_the_measurement() -> None:
    with pytest.raises(SystemExit, match="does not show"):
        cost(trace((20, TAG)), PAGE + "2", TAG)
    with pytest.raises(SystemExit, match="no task"):
        cost(trace((20, TAG), thread=2), PAGE, TAG)


def test_the_page_is_the_same_but_for_its_tag() -> None:
    with_tag = html(OURS, 1000)
    assert with_tag.count("<li data-track=") == 1000
    assert re.sub("<script.*?</script>", "", with_tag) == html(NONE, 1000)


def test_a_peer_that_tells_too_little_is_noticed() -> None:
    bodies = [b'{"event":"$pageview"}', gzip.compress(b'{"event":"$autocapture"}')]
    assert untold(bodies, TOLD[POSTHOG], views=1) == []
    assert untold(bodies[:1], TOLD[POSTHOG], views=1) == ['"$autocapture"']
    assert untold(bodies, TOLD[POSTHOG], views=2) == ['"$pageview"', '"$autocapture"']


def test_each_peer_is_pinned_with_its_hash_and_names_no_address() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    asked = json.loads((SOURCES / "package.json").read_text())["dependencies"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in asked} == asked
    packages = {name: entry for name, entry in lock.items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry or "resolved" in entry] == []


def test_our_tag_is_measured_in_a_real_page_and_tells_what_was_seen() -> None:
    with serving(ShopWeb(things=40)) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        found = visit(browser, web, OURS)
        browser.close()
    assert 0 < found.longest_task_ms < found.main_thread_ms
    assert 0 < found.observing_ms < found.main_thread_ms
    assert 0 < found.script_ms < found.main_thread_ms
    assert untold(web.sent[OURS], TOLD[OURS] | {'"content_id"': 40}, views=1) == []
