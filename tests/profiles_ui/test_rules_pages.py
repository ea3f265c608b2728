"""Rules as a marketer meets them: read as sentences, written as rows, tried on last week, switched on and off."""

from __future__ import annotations

import re

import pytest

from profiles.rules import keeping
from tests.profiles.samples import customer, order, put
from tests.profiles_ui.conftest import SAME, Ask, Browser, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import HOUR_MS, NOW_MS

FORM = {
    "asked": "cart", "subject": "cart", "name": "Dear carts", "kind": "webhook", "per": "spell", "cell-0": "A", "share-0": "90", "hold_out": "10",
    "field-0": "state", "operator-0": "is", "value-0": "abandoned",
    "joined-1": "and", "field-1": "value", "operator-1": "at_least", "value-1": "100", "currency-1": "EUR",
    "joined-2": "or", "field-2": "abandoned_age_s", "operator-2": "between", "value-2": "2", "upper-2": "3.5", "unit-2": "3600",
    "joined-3": "and", "field-3": "lifecycle", "operator-3": "none_of", "pick-3-at_risk": "on", "pick-3-lapsed": "on",
    "enabled": "yes",
}  # fmt: skip
SAYS = (
    "If the cart is abandoned, either its value is at least 100 EUR or it was abandoned between 2 hours and 210 minutes ago and its customer's "
    "life-cycle stage is not at risk or lapsed, then tell the webhooks, once each time the cart is abandoned anew. 10 % are held out."
)


def send(browser: Browser, path: str, do: str, **changes: str) -> tuple[int, str]:
    answer = browser.post(path, data=FORM | changes | {"do": do}, headers=SAME)
    return answer.status_code, words(answer.text)


def made(house: House) -> list[str]:
    return [rule.rule_id for rule in keeping.all_of(house.deps.store, house.site.name)]


def test_a_rule_written_as_rows_is_read_as_a_sentence_and_comes_back_as_the_same_rows(admin: Browser, house: House, page: Ask) -> None:
    assert "No rule yet" in words(page("/rules"))
    assert send(admin, "/rules/new", "save")[0] == 303
    shown = words(page("/rules"))
    assert SAYS in shown
    assert "1 rule, 1 of them on" in shown
    [rule_id] = made(house)
    before = keeping.one(house.deps.store, house.site.name, rule_id)
    editor = page(f"/rules/{rule_id}")
    assert SAYS in words(editor)
    assert before
    for name in ("value-1", "upper-2", "unit-2", "pick-3-lapsed"):
        assert f'name="{name}"' in editor
    assert send(admin, f"/rules/{rule_id}", "save", name="Renamed")[0] == 303
    after = keeping.one(house.deps.store, house.site.name, rule_id)
    assert after
    assert (after.name, after.conditions, after.cells, after.since_ms) == ("Renamed", before.conditions, before.cells, before.since_ms)


def test_a_new_rule_is_a_sentence_at_once_and_is_tried_before_it_has_a_name(admin: Browser, page: Ask) -> None:
    assert "If the cart is abandoned and its value is at least 100 EUR, then tell the webhooks" in words(page("/rules/new"))
    status, shown = send(admin, "/rules/new", "try", name="")
    assert (status, "In the last seven days" in shown) == (200, True)
    assert send(admin, "/rules/new", "save", name="")[0] == 400


def test_a_row_that_cannot_be_says_so_in_its_place_and_nothing_is_saved(admin: Browser, house: House) -> None:
    status, shown = send(admin, "/rules/new", "save", **{"value-1": "a lot"})
    assert status == 400
    assert "Give a number with at most four decimals, as in 12.5" in shown
    assert send(admin, "/rules/new", "save", **{"share-0": "80"})[1].count("should add up to 100 percent") == 1
    assert made(house) == []


@pytest.mark.parametrize(
    ("do", "changes", "rows"),
    [
        ("add", {}, 5), ("drop-1", {}, 3), ("rows", {"subject": "session"}, 1), ("rows", {"field-0": "items", "operator-0": "any_of"}, 4),
        ("save", {"subject": "session"}, 1),
    ],
)  # fmt: skip
def test_rows_come_and_go_and_nothing_is_saved(admin: Browser, house: House, do: str, changes: dict[str, str], rows: int) -> None:
    answer = admin.post("/rules/new", data=FORM | changes | {"do": do}, headers=SAME)
    assert (answer.status_code, answer.text.count('name="operator-')) == (200, rows)
    assert made(house) == []


def test_a_rule_is_tried_on_last_week_before_it_is_saved(admin: Browser, house: House) -> None:
    status, shown = send(admin, "/rules/new", "try")
    assert status == 200
    assert "In the last seven days: not once" in shown
    assert "This looks back at carts as they are today" in shown
    assert "Nothing was done now." in shown
    assert made(house) == []


def test_a_rule_is_switched_off_and_removed(admin: Browser, house: House, page: Ask) -> None:
    send(admin, "/rules/new", "save")
    [rule_id] = made(house)
    assert admin.post(f"/rules/{rule_id}/switch", headers=SAME).status_code == 303
    assert "1 rule, none of them on" in words(page("/rules"))
    assert send(admin, f"/rules/{rule_id}", "remove")[0] == 303
    assert made(house) == []
    assert admin.get(f"/rules/{rule_id}").status_code == 404


def test_neither_another_website_nor_a_reader_nor_another_shop_can_change_a_rule(admin: Browser, house: House) -> None:
    send(admin, "/rules/new", "save")
    [rule_id] = made(house)
    house.deps.registry.add_site(f"{house.site.name}-2", ["https://two.example"])
    reader, stranger = house.by_key(("read",)), house.by_key(("read", "lists"), site=f"{house.site.name}-2")
    assert reader.post(f"/rules/{rule_id}/switch", headers=SAME).status_code == 403
    assert stranger.post(f"/rules/{rule_id}/switch", headers=SAME).status_code == 404
    assert admin.post(f"/rules/{rule_id}/switch", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    kept = keeping.one(house.deps.store, house.site.name, rule_id)
    assert kept
    assert kept.enabled


def matched(house: House, number: int, at_ms: int, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "site": house.site.name, "rule_id": made(house)[0], "match_id": f"rm_{number:03d}", "at": at_ms / 1000, "found_at": at_ms / 1000,
        "subject": "cart", "subject_id": f"k-{number}", "person": f"c:c-{number}", "customer_id": f"c-{number}", "visitor_ids": ["v-1"], "cell": "A",
        "response_code": "R2345678", "suppressed": [], "action": "webhook", "target": "", "until_at": 0, "done": True, "why": ["it is abandoned"],
        "version": 1,
    }  # fmt: skip
    return row | changes


def test_what_a_rule_brought_and_whom_it_met_lately_is_read_on_its_page(admin: Browser, house: House, page: Ask) -> None:
    send(admin, "/rules/new", "save")
    here = f"/rules/{made(house)[0]}/met"
    assert "Nobody in the last seven days" in words(page(here))
    long_ago, lately = NOW_MS - 8 * 24 * HOUR_MS, NOW_MS - HOUR_MS
    put(house.deps.store, "rule_matches", [
        *(matched(house, number, lately - number) for number in range(55)), matched(house, 98, lately, suppressed=["no_consent"]),
        matched(house, 99, lately, cell=""), matched(house, 100, long_ago),
    ])  # fmt: skip
    put(house.deps.store, "customers", [customer(house.site, "c-5", order("o-1", NOW_MS, 80))])
    first = page(here)
    second = page(next_of(first))
    shown = words(first)
    assert "Too early to tell" in shown
    assert "80.00 €" in shown.replace("\u00a0", " ")
    for said in ("Left out: no consent", "Held out", "Cell A"):
        assert said in shown
    assert (first + second).count('href="/customers/c-') == 57
    ever = page(f"{here}?since=ever")
    assert "/customers/c-100" in page(next_of(ever))
    assert admin.get(f"{here}?cursor=no").status_code == 404
    assert f'href="{here}"' in page("/rules")


def next_of(page: str) -> str:
    return str(re.findall(r'href="([^"]+)" rel="next"', page)[0]).replace("&amp;", "&")
