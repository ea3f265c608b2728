"""Rules as a marketer meets them: read as sentences, written as rows, tried on last week, switched on and off."""

from __future__ import annotations

import pytest

from profiles.rules import keeping
from tests.profiles_ui.conftest import SAME, Ask, Browser, House
from tests.profiles_ui.markup import words

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
