"""Campaigns on their pages: made, started, pulled and read by a person."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import pytest

from profiles.lists import saved
from tests.profiles.lists.world import cart, wanted
from tests.profiles.samples import put
from tests.profiles_ui.conftest import SAME, Ask, Browser, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import HOUR_MS, MINUTE_MS, NOW_MS, World

PROGRAM = {"name": "First letter", "cell_1": "voucher", "cell_2": "plain", "cell_3": "", "hold_out": "20", "keep": "newest", "people": ""}


@pytest.fixture
def list_id(house: House) -> str:
    made = replace(wanted("cart", ("state", "is", "abandoned")), name="Left behind <b>")
    return saved.save(house.deps.store, house.site, made, "test", NOW_MS).list_id


def left_behind(house: House, count: int) -> None:
    rows = [
        cart(house.site, f"k-{n:03d}", NOW_MS - 5 * HOUR_MS - n, customer_id=f"c-{n}", visitor_ids=[f"v-{n}"]) for n in range(count)
    ]  # fmt: skip
    put(house.deps.store, "carts", rows)


def send(browser: Browser, path: str, **form: str) -> str:
    """A form of a page; where it leads to."""
    answer = browser.post(path, data=form, headers=SAME)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def started(admin: Browser, list_id: str) -> str:
    path = send(admin, "/campaigns", **{"name": "Autumn", "from": "2026-11-20", "until": "2026-12-24"})
    assert send(admin, f"{path}/programs", list_id=list_id, **PROGRAM) == path
    send(admin, f"{path}/state", state="running")
    return path


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]


def test_without_a_campaign_the_page_says_what_one_is_for(page: Ask) -> None:
    told = words(page("/campaigns"))
    assert "No campaign yet" in told
    assert "what would have been bought anyway" in told


def test_a_campaign_is_made_started_and_pulled_by_hand_and_two_clicks_are_one_pull(house: House, admin: Browser, page: Ask, list_id: str) -> None:
    left_behind(house, 40)
    path = started(admin, list_id)
    told = page(path)
    assert "running 20 November to 24 December 2026" in words(told)
    assert "Left behind &lt;b&gt;" in told
    for _ in range(2):
        send(admin, f"{path}/pulls", program_id=hidden(told, "program_id"), key=hidden(told, "key"))
    after = page(path)
    (href,) = re.findall(r'href="([^"]+\.csv)"', after)
    answer = admin.get(href)
    lines = list(csv.DictReader(answer.text.splitlines()))
    held = re.search(r"(\d+) held out", words(after))
    assert held
    assert len(lines) + int(held[1]) == 40
    assert {line["cell"] for line in lines} == {"voucher", "plain"}
    assert all(line["response_code"] in after for line in lines)
    assert "Pull again" in words(after)
    assert "1 running now" in words(page("/campaigns"))


def test_the_report_draws_the_uplift_and_says_when_it_is_too_early(house: House, world: World, admin: Browser, page: Ask, list_id: str) -> None:
    left_behind(house, 400)
    path = started(admin, list_id)
    before = page(path)
    send(admin, f"{path}/pulls", program_id=hidden(before, "program_id"), key="k")
    sql = "SELECT customer_id, cell FROM pull_rows WHERE site = {site:String} ORDER BY customer_id"
    rows = house.deps.store.rows(sql, site=house.site.name)
    assert "Too early to tell whether it brings orders." in words(page(path))
    everybody, some = ([row["customer_id"] for row in rows if row["cell"] == cell] for cell in ("voucher", "hold-out"))
    with world.at_once():
        for name in everybody[:90] + some[:10]:
            world.customer(name, orders=[{"order_id": f"o-{name}", "at": (NOW_MS + MINUTE_MS) / 1000, "value": 20}])
    house.clock.at_ms = NOW_MS + HOUR_MS
    told = page(path)
    assert re.search(r"more of 100 ordered than without it; \d+ may still order", words(told))
    assert len(re.findall(r'<rect class="span sure"', told)) == 1
    assert len(re.findall(r'<svg viewBox="0 0 100 14"[^>]* role="img" aria-label="[+−0]', told)) == 2
    assert "style=" not in told


def test_what_a_late_order_took_back_stands_beside_the_pull_that_is_about_to_be_sent(house: House, admin: Browser, page: Ask, list_id: str) -> None:
    left_behind(house, 10)
    path = started(admin, list_id)
    send(admin, f"{path}/pulls", program_id=hidden(page(path), "program_id"), key="k")
    assert "should not be written to" not in words(page(path))
    sql = "SELECT subject_id FROM pull_rows WHERE site = {site:String} AND NOT held_out ORDER BY row LIMIT 1"
    cart_id = house.deps.store.rows(sql, site=house.site.name)[0]["subject_id"]
    number = int(cart_id[2:])
    bought = cart(house.site, cart_id, NOW_MS - 5 * HOUR_MS - number, customer_id=f"c-{number}", state="bought", version=2)
    put(house.deps.store, "carts", [bought])
    told = page(path)
    assert "1 cart of this pull, as a late order or log-in tells, should not be written to" in words(told)
    assert f'href="/carts/{cart_id}"' in told


@pytest.mark.parametrize("form", [
    {"hold_out": "99"}, {"cell_1": "", "cell_2": ""}, {"people": "many"}, {"name": " "}, {"cell_2": "voucher"},
])  # fmt: skip
def test_a_program_that_makes_no_sense_is_answered_in_words(admin: Browser, list_id: str, form: dict[str, str]) -> None:
    path = send(admin, "/campaigns", **{"name": "Autumn", "from": "2026-11-20", "until": "2026-11-20"})
    answer = admin.post(f"{path}/programs", data=PROGRAM | {"list_id": list_id} | form, headers=SAME)
    assert answer.status_code == 400
    assert "That could not be done" in answer.text


def test_who_may_only_read_cannot_make_start_or_pull(house: House, admin: Browser, list_id: str) -> None:
    left_behind(house, 3)
    path = started(admin, list_id)
    reader, marketer = house.by_key(("read",)), house.by_key(("read", "lists"))
    assert reader.get(path).status_code == 200
    assert "Pull the list" not in reader.get(path).text
    for asked in ("/campaigns", f"{path}/state", f"{path}/programs", f"{path}/pulls"):
        assert reader.post(asked, data={}, headers=SAME).status_code == 403
    program_id = hidden(marketer.get(path).text, "program_id")
    assert send(marketer, f"{path}/pulls", program_id=program_id, key="k").startswith(path)
    (href,) = re.findall(r'href="([^"]+\.csv)"', marketer.get(path).text)
    assert (marketer.get(href).status_code, reader.get(href).status_code) == (200, 403)


def test_a_campaign_of_another_site_and_days_that_are_none_are_refused(house: House, admin: Browser, list_id: str) -> None:
    other = house.deps.registry.add_site(f"{house.site.name}-b", ["https://b.example"])
    path = started(admin, list_id)
    stranger = house.by_key(("read", "lists"), other.name)
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/state", data={"state": "ended"}, headers=SAME).status_code == 404
    assert admin.post("/campaigns", data={"name": "A", "from": "soon", "until": "2026-12-24"}, headers=SAME).status_code == 400
    assert admin.post("/campaigns", data={"name": "A", "from": "2026-12-25", "until": "2026-12-24"}, headers=SAME).status_code == 400
