"""The form on the Install page that gives the owner a link to the inspector."""

from __future__ import annotations

import html
import re

import pytest

from tests.profiles_ui.conftest import SAME, Browser, House
from tracker.inspection import is_valid, secret_of
from tracker.sites import SiteBook, write_site_file


def asked(browser: Browser, url: str) -> tuple[int, str]:
    response = browser.post("/install/inspect", data={"url": url}, headers=SAME)
    return response.status_code, html.unescape(response.text)


def link_in(text: str) -> str:
    found = re.search(r'href="(http[^"]+tracker-inspect=[^"]+)"', text)
    return found[1] if found else ""


def test_the_install_page_asks_for_a_page_of_the_shop(admin: Browser) -> None:
    text = admin.get("/install").text
    assert 'action="/install/inspect"' in text
    assert 'value="https://shop.example/"' in text


@pytest.mark.parametrize(("entered", "page"), [
    ("https://shop.example/p/X1?a=1#top", "https://shop.example/p/X1?a=1&tracker-inspect={}#top"),
    ("https://shop.example", "https://shop.example/?tracker-inspect={}"),
    (" shop.example/p ", "https://shop.example/p?tracker-inspect={}"),
    ("HTTPS://Shop.Example:443/p", "https://shop.example/p?tracker-inspect={}"),
    ("https://shop.example/p?tracker-inspect=old&b=2", "https://shop.example/p?b=2&tracker-inspect={}"),
])  # fmt: skip
def test_the_link_opens_the_page_with_a_token_the_collector_takes(house: House, admin: Browser, entered: str, page: str) -> None:
    status, text = asked(admin, entered)
    given = re.search(r"tracker-inspect=([^&#]+)", link_in(text))
    assert status == 200
    assert given
    assert link_in(text) == page.format(given[1])
    data = house.deps.settings.data
    write_site_file(data / "sites.json", (house.site,))
    assert is_valid(f"{house.site.site_key},{given[1]}", SiteBook(data / "sites.json"), secret_of(data), house.clock.now_ms())


@pytest.mark.parametrize("entered", [
    "https://other.example/", "https://shop.example.evil.example/", "https://shop.example@evil.example/", "//evil.example/", "javascript:alert(1)",
    "", "https://shop.example\\@evil.example", "https://[", "http://shop.example/", "https://shop.example:99999/",
])  # fmt: skip
def test_a_page_that_is_not_the_shops_gets_no_link_and_a_sentence(admin: Browser, entered: str) -> None:
    status, text = asked(admin, entered)
    assert status == 422
    assert link_in(text) == ""
    assert "Enter one as in: https://shop.example/" in text


def test_what_was_entered_is_shown_as_text(admin: Browser) -> None:
    response = admin.post("/install/inspect", data={"url": '"><script>alert(1)</script>'}, headers=SAME)
    assert "<script>alert" not in response.text


def test_a_stranger_and_another_website_get_no_link(house: House, admin: Browser) -> None:
    stranger = house.browser().post("/install/inspect", data={"url": "https://shop.example/"}, headers=SAME)
    foreign = admin.post("/install/inspect", data={"url": "https://shop.example/"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (stranger.status_code, foreign.status_code) == (303, 403)
    assert secret_of(house.deps.settings.data) == b""


def test_come_upon_without_the_form_it_leads_to_the_form(admin: Browser) -> None:
    answer = admin.get("/install/inspect")
    assert (answer.status_code, answer.headers["location"]) == (303, "/install#inspect")
