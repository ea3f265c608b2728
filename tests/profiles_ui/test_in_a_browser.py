"""The pages in Chromium: nothing runs that must not, nothing sticks out on a phone, the keyboard suffices, live parts live."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.profiles_ui.conftest import House
from tests.profiles_ui.test_hostile import infest
from tests.profiles_ui.world import HOUR_MS, MINUTE_MS, World

LONG = "Kaffeevollautomatenentkalkungstablettenspenderhalterung" * 3
ARMED = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "The browser tests drive Chromium: install the distribution's package `chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def served(house: House) -> Iterator[str]:
    """The pages on a loopback port of their own."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(house.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def base(house: House) -> Iterator[str]:
    with served(house) as base:
        yield base


@contextmanager
def opened(chromium: Browser, house: House, base: str, *, width: int = 390, javascript: bool = True) -> Iterator[tuple[Page, list[str]]]:
    """A page that is logged in at the site of this test, and everything the browser complained of."""
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=javascript)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{base}/login?token={house.logins.issue()}")
    page.select_option("#site", house.site.name)
    page.get_by_role("button", name="Switch").click()
    yield page, complaints
    context.close()


def paths(world: World, payload: str) -> list[str]:
    with world.at_once():
        ids = infest(world, payload)
    ones = ["/sessions/{session}", "/carts/{cart}", "/customers/{customer}", "/visitors/{visitor}"]
    lists = ("/", "/sessions", "/carts?state=any", "/carts/cutoff", "/customers", "/lists/new", "/campaigns", "/quality", "/rules", "/rules/new",
             "/webhooks", "/install")  # fmt: skip
    return [*lists, *(path.format(**ids) for path in ones)]


@pytest.fixture(autouse=True)
def another_site(house: House) -> None:
    """There is always a site to switch to, so that the selector is there."""
    house.deps.registry.add_site(f"{house.site.name}-2", ["https://two.example"])


def test_no_tracked_text_runs_and_the_policy_has_nothing_to_stop(chromium: Browser, house: House, base: str, world: World) -> None:
    with opened(chromium, house, base) as (page, complaints):
        for path in paths(world, ARMED):
            page.goto(base + path)
            assert page.title() != "run", path
        assert complaints == []


def test_nothing_sticks_out_of_the_page_from_phone_to_desktop(chromium: Browser, house: House, base: str, world: World) -> None:
    with opened(chromium, house, base) as (page, _):
        for path in paths(world, LONG):
            page.goto(base + path)
            for width in (320, 390, 768, 1280):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)


def test_the_live_page_shows_a_new_session_by_itself_and_keeps_the_focus(chromium: Browser, house: House, base: str, world: World) -> None:
    world.session(session_id="s-first", ago=5 * MINUTE_MS)
    with opened(chromium, house, base) as (page, complaints):
        page.focus("#s-s-first")
        world.session(session_id="s-second", visitor_id="v-2", ago=MINUTE_MS)
        page.wait_for_selector("#s-s-second", timeout=60_000)
        assert page.evaluate("document.activeElement.id") == "s-s-first"
        assert complaints == []


def test_the_rows_of_a_rule_change_as_one_chooses_and_the_sentence_with_them(chromium: Browser, house: House, base: str) -> None:
    with opened(chromium, house, base) as (page, complaints):
        page.goto(f"{base}/rules/new")
        page.get_by_label("Name", exact=True).fill("Left for two hours")
        page.locator("#field-1").select_option("abandoned_age_s")
        page.locator("[name=unit-1]").select_option("3600")
        page.locator("[name=value-1]").fill("2")
        page.get_by_role("button", name="Add a row").click()
        page.locator("#field-2").select_option("lifecycle")
        page.locator("#operator-2").select_option("none_of")
        page.locator("[name=pick-2-lapsed]").check()
        page.locator("#kind").select_option("offer")
        page.get_by_label("Which offer").fill("ten-percent")
        page.get_by_role("button", name="Save").click()
        said = "If the cart is abandoned, it was abandoned at least 2 hours ago and its customer's life-cycle stage is not lapsed, then show the page"
        assert said in page.inner_text("main")
        assert complaints == []


class Slow:
    """The server's answer to the first question about a form, held back until `free`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.held = page, url, list[Route]()
        page.route(url, self.hold, times=1)

    def hold(self, route: Route) -> None:
        self.held.append(route)

    def free(self) -> None:
        while not self.held:
            self.page.evaluate("0")
        self.held.pop().continue_()


@pytest.mark.parametrize(("editor", "worth", "added"), [("rules", 1, 2), ("lists", 2, 3)])
def test_what_one_changes_in_an_editor_before_its_answer_has_come_is_not_undone_by_it(
    chromium: Browser, house: House, base: str, editor: str, worth: int, added: int
) -> None:
    with opened(chromium, house, base) as (page, complaints):
        page.goto(f"{base}/{editor}/new")
        page.evaluate("window.isThere = true")
        page.get_by_label("Name", exact=True).fill("Typed in a hurry")
        slow = Slow(page, f"{base}/{editor}/new")
        page.locator("#field-0").select_option("lifecycle")
        page.locator("#operator-0").select_option("none_of")
        page.locator(f"#value-{worth}").fill("70")
        page.get_by_role("button", name="Add a row").click()
        slow.free()
        page.locator("#pick-0-lapsed").check()
        slow = Slow(page, f"{base}/{editor}/new")
        page.locator(f"#field-{added}").select_option("items_count")
        page.get_by_role("button", name="Save").click()
        page.locator(f"#value-{worth}").focus()
        slow.free()
        page.locator(f"#value-{added}:focus").fill("3")
        assert page.evaluate("window.isThere")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(lambda url: not url.endswith("/new"))
        page.goto(f"{base}/{editor}")
        for said in ("stage is not lapsed", "its value is at least 70 EUR", "its number of items is 3"):
            assert said in page.inner_text("main")
        assert complaints == []


def test_the_focus_stays_in_the_field_when_the_form_around_it_is_made_anew(chromium: Browser, house: House, base: str) -> None:
    with opened(chromium, house, base) as (page, complaints):
        page.goto(f"{base}/rules/new")
        slow = Slow(page, f"{base}/rules/new")
        page.locator("#kind").select_option("offer")
        page.locator("#value-1").press("Home")
        slow.free()
        page.wait_for_selector("#offer_id")
        page.keyboard.type("5")
        assert page.input_value("#value-1") == "5100"
        assert complaints == []


def test_everything_works_without_javascript(chromium: Browser, house: House, base: str, world: World) -> None:
    session_id = world.session(ago=HOUR_MS, quarantine_reason="rate")
    with opened(chromium, house, base, javascript=False) as (page, _):
        page.get_by_role("link", name="Refresh").click()
        page.get_by_role("link", name="Sessions", exact=True).click()
        page.get_by_label("Which").select_option("quarantined")
        page.get_by_role("button", name="Show").click()
        page.locator(f'a[href="/sessions/{session_id}"]').click()
        page.get_by_role("button", name="This is a person: release").click()
        assert "The release is written down" in page.inner_text("main")
        page.get_by_text("Say what it was for").click()
        page.get_by_label("This session was for").select_option("information")
        page.get_by_role("button", name="Say so").click()
        assert page.get_by_text("A person says: information").is_visible()
        page.get_by_role("button", name="Take back").click()
        assert "A person says" not in page.inner_text("main")
        page.get_by_role("button", name="Log out").click()
        assert page.url.endswith("/login")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(chromium: Browser, house: House, base: str, world: World) -> None:
    world.cart(items=[{"id": "X1"}])
    with opened(chromium, house, base, width=1280) as (page, _):
        page.goto(f"{base}/carts")
        reached = []
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement !== document.body"):
            outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth")
            reached.append((page.evaluate("document.activeElement.name || document.activeElement.innerText"), outlined))
            page.keyboard.press("Tab")
        assert reached[0] == ("Skip to the page", "solid2px")
        assert {"Live", "worth", "contact", "Show", "Export CSV"} <= {name for name, _ in reached}
        assert {outlined for _, outlined in reached} == {"solid2px"}
