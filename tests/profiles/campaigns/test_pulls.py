"""Pulling a list for a program: divided, sampled, one row per person, and the same rows for ever."""

from __future__ import annotations

import csv as csv_reader
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from profiles.campaigns import keeping, pulls
from profiles.cells import cell_of
from profiles.lists import Member, members, saved
from tests.profiles.campaigns.world import a_list, a_program, abandoned_carts, address, campaign, csv, in_cell, made, pull, rows
from tests.profiles.conftest import Api
from tests.profiles.lists.world import cart
from tests.profiles.samples import DAY_MS, NOW_MS, ago, item, put


def test_a_pull_hands_out_the_list_with_the_code_of_each_cell_and_never_the_hold_out(api: Api) -> None:
    abandoned_carts(api, 40)
    program = made(api, campaign(api))["programs"][0]
    pulled = pull(api, program["program_id"])
    handed = rows(api, pulled)
    assert (pulled["found"], pulled["suppressed"], pulled["handed_out"] + pulled["held_out"]) == (40, 0, 40)
    assert min(pulled["handed_out"], pulled["held_out"]) > 5
    assert [row["row"] for row in handed] == list(range(1, pulled["handed_out"] + 1))
    assert {(row["cell"], row["response_code"]) for row in handed} == {("mail", program["cells"][0]["response_code"])}
    assert program["cells"][1]["response_code"] is None
    held = {customer for customer, cell in in_cell(api, program["program_id"]).items() if cell == "nobody"}
    assert len(held) == pulled["held_out"]
    told = csv(api, pulled).decode()
    assert not held & {row["member"]["customer_id"] for row in handed}
    assert not held & {line["customer_id"] for line in csv_reader.DictReader(told.splitlines())}


def test_the_same_pull_is_the_same_bytes_whatever_happened_meanwhile(api: Api) -> None:
    abandoned_carts(api, 12)
    program_id = a_program(api)
    pulled = pull(api, program_id)
    before = [csv(api, pulled), api.call("GET", address(pulled)).content]
    abandoned_carts(api, 12, version=2, state="bought")
    abandoned_carts(api, 5, first=20)
    api.clock.at_ms += 40 * DAY_MS
    try:
        assert [csv(api, pulled), api.call("GET", address(pulled)).content] == before
    finally:
        api.clock.at_ms = NOW_MS


def test_the_same_idempotency_key_is_the_same_pull_and_none_a_new_one(api: Api) -> None:
    abandoned_carts(api, 10)
    program_id = a_program(api)
    first = pull(api, program_id, idempotency_key="monday")
    abandoned_carts(api, 10, first=10)
    assert pull(api, program_id, idempotency_key="monday") == first
    assert pull(api, program_id, idempotency_key="tuesday")["found"] == 20
    assert pull(api, program_id)["pull_id"] != pull(api, program_id)["pull_id"]
    assert len(api.get(f"/v1/programs/{program_id}/pulls")["data"]) == 4


def test_two_who_ask_for_the_same_pull_at_once_get_one(api: Api) -> None:
    abandoned_carts(api, 10)
    program_id = a_program(api)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: pull(api, program_id, idempotency_key="now"), range(2))
    assert first == second
    assert len(rows(api, first)) == first["handed_out"]
    assert len(in_cell(api, program_id)) == 10


def test_a_person_is_in_the_cell_that_salt_and_customer_say_on_every_machine(api: Api) -> None:
    abandoned_carts(api, 60)
    cells = [{"name": "a", "share": 30}, {"name": "b", "share": 30}, {"name": "none", "share": 40, "hold_out": True}]
    program_id = a_program(api, cells=cells, salt="autumn letters")
    pull(api, program_id)
    pull(api, program_id)
    said = {f"c-{n}": cells[cell_of("autumn letters", f"c:c-{n}", [30, 30, 40])]["name"] for n in range(60)}
    assert in_cell(api, program_id) == said
    assert set(Counter(said.values())) == {"a", "b", "none"}
    other = a_program(api, cells=cells, salt="autumn letters")
    pull(api, other)
    assert in_cell(api, other) == said


def test_who_was_picked_before_they_were_known_stays_in_their_cell(api: Api) -> None:
    nameless = [cart(api.site, f"k-{n}", ago(300), customer_id="", visitor_ids=[f"v-{n}"], marketing=True) for n in range(30)]
    put(api.deps.store, "carts", nameless)
    program_id = a_program(api)
    pull(api, program_id)
    sql = "SELECT visitor_ids[1] AS visitor_id, cell FROM pull_rows WHERE site = {site:String} AND pull_id = {pull_id:String}"
    first = cells_of(api, sql, api.get(f"/v1/programs/{program_id}/pulls")["data"][0]["pull_id"])
    put(api.deps.store, "carts", [row | {"version": 2, "customer_id": f"c-{row['cart_id']}"} for row in nameless])
    second = cells_of(api, sql, pull(api, program_id)["pull_id"])
    assert second == first
    assert set(Counter(first.values())) == {"mail", "nobody"}


def cells_of(api: Api, sql: str, pull_id: str) -> dict[str, str]:
    return {row["visitor_id"]: row["cell"] for row in api.deps.store.rows(sql, site=api.site.name, pull_id=pull_id)}


@pytest.mark.parametrize(("keep", "kept"), [("newest", "young"), ("most_valuable", "dear")])
def test_a_person_has_one_row_the_newest_or_the_most_valuable_in_the_sites_currency(api: Api, keep: str, kept: str) -> None:
    put(api.deps.store, "carts", [
        cart(api.site, "young", ago(100), item("X1", 5), customer_id="c-1"), cart(api.site, "dear", ago(300), item("X2", 90), customer_id="c-1"),
        cart(api.site, "yen", ago(200), item("X3", 9000), customer_id="c-1", currency="JPY"),
    ])  # fmt: skip
    pulled = pull(api, a_program(api, keep=keep, cells=[{"name": "all", "share": 1}]))
    assert [row["member"]["id"] for row in rows(api, pulled)] == [kept]
    assert (pulled["found"], pulled["handed_out"]) == (3, 1)


def test_a_sample_is_so_many_people_or_such_a_share_and_the_same_ones_each_time(api: Api) -> None:
    abandoned_carts(api, 100)
    everybody = {"cells": [{"name": "all", "share": 1}], "salt": "s"}
    ten = a_program(api, sample={"people": 10}, **everybody)
    first, again = (customers(api, pull(api, ten)) for _ in range(2))
    assert len(first) == 10
    assert again == first
    third = customers(api, pull(api, a_program(api, sample={"percent": 30}, **everybody)))
    assert 15 < len(third) < 45
    assert first <= third


def customers(api: Api, pulled: Any) -> set[str]:
    return {row["member"]["customer_id"] for row in rows(api, pulled)}


def test_who_is_suppressed_is_counted_and_not_handed_out(api: Api) -> None:
    abandoned_carts(api, 4)
    put(api.deps.store, "carts", [cart(api.site, "no", ago(300), customer_id="c-no", marketing=False)])
    list_id = a_list(api, reasons=["no_consent", "contacted_lately"])
    pulled = pull(api, a_program(api, list_id=list_id, cells=[{"name": "all", "share": 1}]))
    assert (pulled["found"], pulled["suppressed"], pulled["handed_out"]) == (5, 1, 4)
    second = pull(api, a_program(api, list_id=list_id, cells=[{"name": "all", "share": 1}]))
    assert (second["suppressed"], second["handed_out"]) == (5, 0)


def test_a_held_out_person_was_not_contacted(api: Api) -> None:
    abandoned_carts(api, 30)
    list_id = a_list(api, reasons=["contacted_lately"])
    first = pull(api, a_program(api, list_id=list_id))
    second = pull(api, a_program(api, list_id=list_id, cells=[{"name": "all", "share": 1}]))
    assert (second["suppressed"], second["handed_out"]) == (first["handed_out"], first["held_out"])


def test_no_cell_of_a_csv_is_a_formula(api: Api) -> None:
    put(api.deps.store, "carts", [
        cart(api.site, "k-1", ago(300), item("=1+1", 7, name="@SUM(A1)"), customer_id="=cmd|' /C calc'!A0", visitor_ids=["+v"], marketing=True),
    ])  # fmt: skip
    (line,) = csv_reader.DictReader(csv(api, pull(api, a_program(api, cells=[{"name": "-cell", "share": 1}]))).decode().splitlines())
    assert (line["customer_id"], line["visitor_ids"], line["cell"], line["items"]) == ("'=cmd|' /C calc'!A0", "'+v", "'-cell", "1 x =1+1 @SUM(A1)")
    assert (line["value"], line["currency"], line["consent_marketing"], line["state"]) == ("7", "EUR", "", "abandoned")


def test_a_pull_that_breaks_off_leaves_nothing_and_the_next_attempt_is_whole(api: Api) -> None:
    abandoned_carts(api, 10)
    store, site, program_id = api.deps.store, api.site, a_program(api)
    campaign_told, program = keeping.program_of(store, site, program_id)
    found = saved.one(store, site, program.list_id)
    order = pulls.Order(campaign_told.campaign_id, program, found.version, "k", "test", NOW_MS)
    everybody = [member for batch in members(store, site, found, NOW_MS) for member in batch]

    def half() -> Iterator[list[Member]]:
        yield everybody[:5]
        raise ConnectionError("the list was not read to its end")

    with pytest.raises(ConnectionError):
        pulls.make(store, site, order, half())
    for table in ("pull_candidates", "pull_rows"):
        assert count(api, table) == 0
    # and one that was killed between its rows and the word that it is whole
    store.insert("pull_candidates", b"\n".join(pulls.candidates(site, program, "killed", everybody, pulls.Tally())))
    pulls.pick(store, site, order, pulls.id_of(site, program_id, "k"), "killed")
    assert (count(api, "pull_rows"), count(api, "contacts")) == (10, 0)
    assert api.get(f"/v1/programs/{program_id}/pulls")["data"] == []
    pulled = pull(api, program_id, idempotency_key="k")
    assert (len(rows(api, pulled)), count(api, "contacts")) == (pulled["handed_out"],) * 2
    assert pulled["handed_out"] + pulled["held_out"] == 10


def test_a_pull_that_a_killed_database_only_believes_to_have_is_made_when_it_is_asked_for_again(api: Api) -> None:
    abandoned_carts(api, 10)
    program_id = a_program(api)
    pull(api, program_id, idempotency_key="k")
    api.deps.store.command("DELETE FROM pulls WHERE site = {site:String}", site=api.site.name)
    pulled = pull(api, program_id, idempotency_key="k")
    assert len(rows(api, pulled)) == pulled["handed_out"]
    assert pull(api, program_id, idempotency_key="k") == pulled


def count(api: Api, table: str) -> int:
    sql = "SELECT count() AS count FROM {table:Identifier} WHERE site = {site:String}"
    return int(api.deps.store.rows(sql, site=api.site.name, table=table)[0]["count"])
