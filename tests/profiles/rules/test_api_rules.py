"""Rules through the API: made, changed, switched off, tried on last week."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.rules import keeping
from tests.profiles.conftest import Api
from tests.profiles.rules.world import ABANDONED, World, above
from tests.profiles.samples import NOW_MS, ago, cart, customer, event, item, order, session
from tracker.clock import ms_of_iso
from tracker.sites import Site

RULE = {"name": "Dear carts", "subject": "cart", "conditions": {"all": [ABANDONED, above(100)]}, "action": {"kind": "webhook"}}
READS = {"field": "page_views", "operator": "at_least", "value": 5}
VISIT = {"name": "Readers", "subject": "session", "conditions": [READS], "action": {"kind": "list"}}


def test_a_rule_is_told_as_a_sentence_with_a_code_for_each_cell(api: Api) -> None:
    given = RULE | {"cells": [{"name": "Mild", "share": 45}, {"name": "Bold", "share": 45}], "hold_out": 10}
    made = api.call("POST", "/v1/rules", json=given).json()
    assert made["sentence"] == (
        "If the cart is abandoned and its value is at least 100 EUR, then tell the webhooks, once each time the cart is abandoned anew. "
        "10 % are held out."
    )
    codes = [cell["response_code"] for cell in made["cells"]]
    assert len({*codes, ""}) == 3
    assert api.get("/v1/rules")["data"] == [made]
    assert api.get(f"/v1/rules/{made['rule_id']}") == made


def test_a_code_is_known_to_whoever_asks_what_it_belongs_to(api: Api) -> None:
    made = api.call("POST", "/v1/rules", json=RULE).json()
    [row] = api.deps.store.rows("SELECT kind, owner_id, cell, response_code FROM response_codes WHERE site = {site:String}", site=api.site.name)
    assert row == {"kind": "rule", "owner_id": made["rule_id"], "cell": "A", "response_code": made["cells"][0]["response_code"]}


def test_a_changed_rule_keeps_what_it_met_and_a_removed_one_is_gone(api: Api) -> None:
    made = api.call("POST", "/v1/rules", json=RULE).json()
    api.clock.at_ms += 60_000
    renamed = api.call("PUT", f"/v1/rules/{made['rule_id']}", json=RULE | {"name": "Another name"}).json()
    assert (renamed["since"], renamed["cells"]) == (made["since"], made["cells"])
    off = api.call("PUT", f"/v1/rules/{made['rule_id']}", json=RULE | {"enabled": False}).json()
    assert not off["enabled"]
    assert api.call("DELETE", f"/v1/rules/{made['rule_id']}").status_code == 200
    assert api.call("GET", f"/v1/rules/{made['rule_id']}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"conditions": []}, "`conditions` is '[]'; give at least one"),
        ({"conditions": [{"field": "value", "operator": "at_least", "value": 5}]}, "all[0]: the value of `value` is 5; give it with its currency"),
        ({"action": {"kind": "offer"}}, "`action.offer_id` is ''; give the id that your page knows"),
        ({"action": {"kind": "webhook", "webhook_id": "we_none"}}, "`action.webhook_id` is 'we_none'; there is no such webhook"),
        ({"action": {"kind": "list", "offer_id": "x"}}, "`action.offer_id` is 'x'; leave it out"),
        ({"once": {"per": "session"}}, "`once.per` is 'session'; for a cart it should be one of: spell, cart, customer"),
        ({"cells": [{"name": "A", "share": 50}]}, "`cells` is '50'; the shares of the cells and the hold-out should add up to 100 percent"),
        ({"cells": [{"name": "A", "share": 50}, {"name": "A", "share": 50}]}, "give each cell a name of its own"),
        ({"name": " "}, "`name` is ' '; give the rule a name"),
        ({"subject": "shop"}, "Invalid enum value 'shop'"),
        ({"code": "1"}, "unknown field `code`"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rule_is_told_with_the_value_and_the_cure(api: Api, changes: dict[str, Any], told: str) -> None:
    answer = api.call("POST", "/v1/rules", json=RULE | changes)
    assert (answer.status_code, told in answer.json()["error"]["message"]) == (400, True), answer.text


def test_how_often_it_fired_is_told_by_cell_and_by_reason(api: Api) -> None:
    world = World(api)
    api.clock.at_ms = ago(180)
    made = api.call("POST", "/v1/rules", json=RULE | {"cells": [{"name": "A", "share": 60}], "hold_out": 40}).json()
    api.clock.at_ms = NOW_MS
    rows = [cart(api.site, f"c{n}", ago(120), item("X1", 199.9), visitor_ids=[f"v-{n}"]) for n in range(30)]
    rows[0]["doc"] = rows[0]["doc"].replace('"marketing":null', '"marketing":false')
    world.put("carts", *rows)
    assert world.look() == 30
    told = api.get(f"/v1/rules/{made['rule_id']}")
    assert told["cells"][0]["fired"] + told["held_out"] == 29
    assert told["held_out"] > 0
    assert told["suppressed"] == [{"reason": "no_consent", "count": 1}]
    assert told["last_fired_at"] == "2026-11-22T11:00:00.000Z"


Step = tuple[int, str, dict[str, Any]]


def week(site: Site) -> list[Step]:
    """When the sessionizer writes what: carts dear and cheap, of owners who come again or do not want to be written to, and their visits."""
    steps: list[Step] = []
    for number in range(12):
        at_ms = ago(days=number / 2 + 0.2)
        owner: dict[str, Any] = {"visitor_ids": [f"v-{number % 9}"]}
        for state, written_ms in (("open", at_ms), ("abandoned", at_ms + 3_600_000)):
            row = cart(site, f"c{number}", at_ms, item("X1", 40.0 * number), state=state, version=1 + (state == "abandoned"), **owner)
            row["doc"] = row["doc"].replace('"marketing":null', '"marketing":false') if number % 5 == 4 else row["doc"]
            steps.append((written_ms, "carts", row))
        visit = session(site, f"v-{number % 9}", f"s{number}", at_ms - 600_000, page_views=number, customer_id="c-1" if number in (8, 10) else "")
        steps += [(at_ms, "sessions", visit), (at_ms + 1_800_001, "sessions", visit | {"version": 2})]  # closed
    return sorted([*steps, (ago(days=7), "customers", customer(site, "c-1", visitor_ids=["v-8"]))], key=lambda step: step[0])


def live_through(world: World, steps: list[Step]) -> None:
    """The rules look whenever something is written, and twice a day."""
    moments = {at_ms for at_ms, *_ in steps} | {ago(days=half / 2) for half in range(14)}
    for moment_ms in sorted(moments):
        world.api.clock.at_ms = moment_ms
        for at_ms, table, row in steps:
            if at_ms == moment_ms:
                world.put(table, row)
        world.look()


QUIET = {"field": "quiet_age_s", "operator": "at_least", "value": 600}
ASKED: tuple[dict[str, Any], ...] = (
    RULE | {"cells": [{"name": "A", "share": 50}, {"name": "B", "share": 30}], "hold_out": 20},
    RULE | {"conditions": [ABANDONED, {"field": "abandoned_age_s", "operator": "at_least", "value": 86_400}]},
    RULE | {"conditions": [above(100), {"field": "state", "operator": "is", "value": "open"}]},
    RULE | {"once": {"per": "customer", "days": 3}},
    VISIT,
    VISIT | {"conditions": [{"field": "status", "operator": "is", "value": "closed"}], "once": {"per": "customer", "days": 2}},
    VISIT | {"conditions": [QUIET], "cells": [{"name": "A", "share": 60}], "hold_out": 40},
)  # fmt: skip


def test_a_dry_run_says_what_each_rule_does_when_it_lives_through_the_same_week(api: Api) -> None:
    world = World(api)
    api.clock.at_ms = ago(days=7)
    made = [api.call("POST", "/v1/rules", json=asked).json() for asked in ASKED]
    live_through(world, week(api.site))
    api.clock.at_ms = NOW_MS
    for asked, rule in zip(ASKED, made, strict=True):
        rows = world.matches(keeping.one(api.deps.store, world.site, rule["rule_id"]))
        live = sorted((row["subject_id"], row["cell"], tuple(row["suppressed"]), row["at_ms"]) for row in rows)
        dry = api.call("POST", "/v1/rules/dry-run", json=asked | {"rule_id": rule["rule_id"]}).json()
        told = sorted((each["subject_id"], each["cell"] or "", tuple(each["suppressed"]), ms_of_iso(each["at"])) for each in dry["examples"])
        assert told == live, asked
        done = [cell for _, cell, why, _ in live if not why]
        assert (dry["fired"], dry["held_out"]) == (len(done) - done.count(""), done.count(""))
        assert [cell["fired"] for cell in dry["cells"]] == [done.count(cell["name"]) for cell in rule["cells"]]
        assert dry["fired"] > 0


def test_a_dry_run_writes_nothing(api: Api) -> None:
    world = World(api)
    for _, table, row in week(api.site):
        world.put(table, row)
    tables = ("rules", "rule_matches", "response_codes", "messages", "rule_progress")
    count = "SELECT count() AS n FROM {table:Identifier} WHERE site = {site:String}"
    before = [api.deps.store.rows(count, table=table, site=api.site.name) for table in tables]
    dry = api.call("POST", "/v1/rules/dry-run", json=RULE).json()
    assert dry["fired"] > 0
    assert [api.deps.store.rows(count, table=table, site=api.site.name) for table in tables] == before
    assert not (api.deps.settings.data / "offers.json").exists()


def test_whom_a_rule_met_is_told_page_by_page_with_the_reason(api: Api) -> None:
    world = World(api)
    api.clock.at_ms = ago(180)
    made = api.call("POST", "/v1/rules", json=RULE | {"action": {"kind": "list"}}).json()
    api.clock.at_ms = NOW_MS
    world.put("carts", *(cart(api.site, f"c{n}", ago(120 + n), item("X1", 199.9), visitor_ids=[f"v-{n}"]) for n in range(5)))
    world.look()
    told, cursor = [], None
    while cursor != "":
        page = api.get(f"/v1/rules/{made['rule_id']}/matches", limit=2, **({"cursor": cursor} if cursor else {}))
        told += [(each["subject_id"], each["cell"], each["done"], each["why"][0]) for each in page["data"]]
        cursor = page["next_cursor"] or ""
    assert told == [(f"c{n}", "A", True, "it is abandoned") for n in range(5)]
    since = api.get(f"/v1/rules/{made['rule_id']}/matches", **{"from": "2026-11-22T10:58:30Z"})
    assert [each["subject_id"] for each in since["data"]] == ["c0", "c1"]


def test_what_the_people_it_met_did_is_told_by_cell_against_the_hold_out(api: Api) -> None:
    world = World(api)
    api.clock.at_ms = ago(180)
    made = api.call("POST", "/v1/rules", json=RULE | {"cells": [{"name": "A", "share": 60}], "hold_out": 40}).json()
    api.clock.at_ms = NOW_MS
    rows = [cart(api.site, f"k{n}", ago(120), item("X1", 199.9), visitor_ids=[f"v-{n}"], customer_id=f"c-{n}") for n in range(30)]
    rows[0]["doc"] = rows[0]["doc"].replace('"marketing":null', '"marketing":false')
    world.put("carts", *rows)
    world.look()
    cells: dict[str, list[str]] = {"A": [], "": []}
    for each in world.matches(keeping.one(api.deps.store, world.site, made["rule_id"])):
        cells[each["cell"]] += [] if each["suppressed"] else [each["customer_id"]]
    theirs, held = cells["A"], cells[""]
    paid = [
        customer(api.site, theirs[0], order("o-1", NOW_MS + 1, 100), order("o-2", NOW_MS + 2, 900, currency="JPY")),
        customer(api.site, theirs[1], order("o-3", NOW_MS - 1, 50)), customer(api.site, held[0], order("o-4", NOW_MS + 1, 20)),
    ]  # fmt: skip
    world.put("customers", *paid)
    code = made["cells"][0]["response_code"]
    told = event(api.site, "", "e-1", "order", NOW_MS + 1, customer_id=theirs[0], source="server", props=f'{{"response_code":"{code}"}}')
    world.put("events", told, told | {"event_id": "e-2", "customer_id": held[0], "props": "{}"})
    report = api.get(f"/v1/rules/{made['rule_id']}/report")
    cell, nobody = report["cells"]
    assert (cell["people"], cell["contacted"], cell["fired"]) == (len(theirs), len(theirs), len(theirs))
    assert (nobody["people"], nobody["contacted"], nobody["fired"]) == (len(held), 0, len(held))
    assert (len(theirs) + len(held), nobody["cell"], nobody["hold_out"]) == (29, "hold-out", True)
    assert (cell["responded"]["people"], nobody["responded"]["people"]) == (1, 0)
    assert (cell["ordered"]["people"], nobody["ordered"]["people"]) == (1, 1)
    assert {(each["currency"], each["value"]) for each in cell["value"]} == {("EUR", 100), ("JPY", 900)}
    assert cell["against_hold_out"]["ordered"]["verdict"] == "too_early"
    assert "Too early to tell" in cell["sentence"]
