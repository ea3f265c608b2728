"""What became of a program's people: counted by the cell they were put in, each person once, within the days of the program."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.profiles.campaigns.world import a_list, a_program, abandoned_carts, campaign, in_cell, made, pull
from tests.profiles.conftest import Api
from tests.profiles.lists.world import cart
from tests.profiles.samples import DAY_MS, MINUTE_MS, NOW_MS, Fields, ago, customer, event, item, order, purchase, put, session, visitor

AFTER = NOW_MS + MINUTE_MS
ALL = [{"name": "all", "share": 1}]


def report(api: Api, program_id: str) -> dict[str, Any]:
    return {cell["cell"]: cell for cell in api.get(f"/v1/programs/{program_id}/report")["cells"]}


@pytest.fixture
def program(api: Api) -> Any:
    """Twenty people in two cells, pulled now."""
    abandoned_carts(api, 20)
    found = made(api, campaign(api, salt="fixed"))["programs"][0]
    pull(api, found["program_id"])
    return found


def people(api: Api, program: Any, cell: str) -> list[str]:
    return sorted(name for name, its in in_cell(api, program["program_id"]).items() if its == cell)


def test_everybody_is_in_the_report_before_anything_happened(api: Api, program: Any) -> None:
    told = report(api, program["program_id"])
    mail, nobody = told["mail"], told["nobody"]
    assert mail["people"] + nobody["people"] == 20
    assert (mail["contacted"], nobody["contacted"]) == (mail["people"], 0)
    assert mail["returned"] == mail["ordered"] == {"people": 0, "rate": 0}
    assert (mail["value"], mail["still_open"]) == ([], mail["people"])
    assert mail["against_hold_out"]["ordered"]["verdict"] == "too_early"
    assert "Too early" in mail["sentence"]
    assert (nobody["against_hold_out"], nobody["response_code"]) == (None, None)
    assert "for comparison" in nobody["sentence"]


def test_returned_ordered_and_value_are_counted_by_cell_person_and_currency(api: Api, program: Any) -> None:
    mail, nobody = people(api, program, "mail"), people(api, program, "nobody")
    orders = {
        mail[0]: [order("o-1", AFTER, 100, item("A")), order("o-2", AFTER + 1, 50), order("o-yen", AFTER, 900, currency="JPY")],
        mail[1]: [order("o-3", AFTER, 80, status="refunded", refunded=30), order("o-4", AFTER, 70, status="cancelled")],
        mail[2]: [order("o-5", AFTER, 10, status="cancelled")], nobody[0]: [order("o-6", AFTER, 20)],
    }  # fmt: skip
    put(api.deps.store, "customers", [customer(api.site, name, *given, visitor_ids=[f"other-of-{name}"]) for name, given in orders.items()])
    put(api.deps.store, "sessions", [
        session(api.site, "phone", "s-1", AFTER, customer_id=mail[0]), session(api.site, "phone", "s-2", AFTER, customer_id=mail[0]),
        session(api.site, f"v-{mail[3][2:]}", "s-3", AFTER), session(api.site, "v-robot", "s-4", AFTER, customer_id=mail[4], quarantine_reason="bot"),
        session(api.site, "v-other", "s-5", ago(5), customer_id=mail[5]),
    ])  # fmt: skip
    told = report(api, program["program_id"])
    assert (told["mail"]["ordered"]["people"], told["nobody"]["ordered"]["people"]) == (2, 1)
    assert {(each["currency"], each["orders_of"], each["value"]) for each in told["mail"]["value"]} == {("EUR", 2, 200), ("JPY", 1, 900)}
    assert told["mail"]["value"][0]["per_person"] == pytest.approx(200 / len(mail), abs=0.01)
    assert (told["mail"]["returned"]["people"], told["nobody"]["returned"]["people"]) == (2, 0)
    currencies = {each["currency"]: each for each in told["mail"]["against_hold_out"]["value"]}
    assert currencies["EUR"]["difference"] == pytest.approx(200 / len(mail) - 20 / len(nobody), abs=1e-5)
    assert currencies["JPY"]["verdict"] == "too_early"


def test_only_what_came_after_the_contact_and_within_the_days_counts(api: Api, program: Any) -> None:
    first, second, third = people(api, program, "mail")[:3]
    put(api.deps.store, "customers", [
        customer(api.site, first, order("before", NOW_MS - 1, 100)), customer(api.site, second, order("last", NOW_MS + 30 * DAY_MS, 100)),
        customer(api.site, third, order("late", NOW_MS + 30 * DAY_MS + 1, 100)),
    ])  # fmt: skip
    assert report(api, program["program_id"])["mail"]["ordered"]["people"] == 1


def test_a_second_pull_does_not_begin_anybodys_days_anew(api: Api, program: Any) -> None:
    api.clock.at_ms = NOW_MS + 20 * DAY_MS
    pull(api, program["program_id"])
    api.clock.at_ms = NOW_MS + 40 * DAY_MS
    put(api.deps.store, "customers", [customer(api.site, people(api, program, "mail")[0], order("o-1", NOW_MS + 35 * DAY_MS, 100))])
    told = report(api, program["program_id"])["mail"]
    api.clock.at_ms = NOW_MS
    assert (told["ordered"]["people"], told["still_open"]) == (0, 0)
    assert told["people"] == len(people(api, program, "mail"))


def test_a_nameless_visitor_counts_by_their_browser_and_once_they_are_known_as_the_customer(api: Api) -> None:
    put(api.deps.store, "carts", [cart(api.site, f"k-{n}", ago(300), visitor_ids=[f"v-{n}"]) for n in range(3)])
    program_id = a_program(api, cells=ALL)
    pull(api, program_id)
    claims = [{"from_at": ago(days=9) / 1000, "until_at": 4_102_444_800, "customer_id": "c-9", "identified_at": 0, "how": "login", "event_id": "e"}]
    put(api.deps.store, "visitors", [
        visitor(api.site, "v-0", orders=[purchase("o-guest", AFTER, 30)]), visitor(api.site, "v-1", claims=claims),
        visitor(api.site, "v-2", claims=claims),
    ])  # fmt: skip
    put(api.deps.store, "customers", [customer(api.site, "c-9", order("o-phone", AFTER, 40), visitor_ids=["phone"])])
    put(api.deps.store, "sessions", [session(api.site, "phone", "s-1", AFTER, customer_id="c-9")])
    told = report(api, program_id)["all"]
    assert (told["people"], told["ordered"]["people"], told["value"][0]["value"], told["returned"]["people"]) == (2, 2, 70, 1)
    assert "no hold-out" in told["sentence"]


# --- response codes ------------------------------------------------------------------------------------------------


def test_a_code_comes_back_by_a_link_an_order_or_a_report_and_counts_for_its_own_cell(api: Api, program: Any) -> None:
    code = program["cells"][0]["response_code"]
    mail, nobody = people(api, program, "mail"), people(api, program, "nobody")
    link, his = f"https://shop.example/p/X1?utm_source=letter&rc={code.lower()}", f"v-{mail[0][2:]}"
    told: list[Fields] = [
        event(api.site, his, "e-1", "page_view", AFTER, url=link), event(api.site, his, "e-2", "page_view", AFTER, url=link),
        event(api.site, "", "e-3", "order", AFTER, customer_id=mail[1], source="server", props=props(code)),
        event(api.site, "", "e-4", "response", AFTER, customer_id=mail[2], source="server", props=props(code)),
        event(api.site, "", "e-5", "response", AFTER, customer_id=nobody[0], source="server", props=props(code)),
        event(api.site, "v-friend", "e-6", "page_view", AFTER, url=link),
        event(api.site, "", "e-8", "order", AFTER, customer_id=nobody[1], source="server", props=props("")),
        event(api.site, f"v-{mail[3][2:]}", "e-7", "page_view", AFTER, url="https://shop.example/?rc=WRONG"),
    ]  # fmt: skip
    put(api.deps.store, "events", told)
    found = report(api, program["program_id"])
    assert (found["mail"]["responded"]["people"], found["mail"]["responses_of_others"]) == (3, 2)
    assert (found["nobody"]["responded"]["people"], found["nobody"]["responses_of_others"]) == (0, 0)


def props(code: str) -> str:
    return msgspec.json.encode({"response_code": code}).decode()


def test_a_reported_response_becomes_an_event_once(api: Api, program: Any) -> None:
    code = program["cells"][0]["response_code"]
    given = {"response_code": code.lower(), "at": "2026-11-22T11:00:00Z", "customer_id": "c-1"}
    for _ in range(2):
        answer = api.call("POST", "/v1/responses", json=given)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "refused": []})
    first, second = api.spool.rows
    assert (first["type"], first["source"], first["customer_id"], first["visitor_id"]) == ("response", "server", "c-1", "")
    assert first["at"] == ago(60) / 1000
    assert msgspec.json.decode(first["props"]) == {"response_code": code}
    assert first["event_id"] == second["event_id"]


def test_a_response_that_cannot_be_one_is_refused_with_its_reason_and_counted(api: Api, program: Any) -> None:
    good = {"response_code": program["cells"][0]["response_code"], "at": "2026-11-22T11:00:00Z", "visitor_id": "v-1"}
    bad: list[tuple[Any, str]] = [
        (7, "not_an_object"), ({"at": "2026-11-22T11:00:00Z"}, "field_missing"), (good | {"response_code": "NEVER9"}, "response_code_unknown"),
        (good | {"at": "noon"}, "time_invalid"), (good | {"visitor_id": None}, "owner_missing"),
        (good | {"customer_id": "guest"}, "customer_id_invalid"),
    ]  # fmt: skip
    answer = api.call("POST", "/v1/responses", json=[*(each for each, _ in bad), good]).json()
    assert (answer["accepted"], [each["reason"] for each in answer["refused"]]) == (1, [reason for _, reason in bad])
    assert api.spool.tally[api.site.name, "refused", "response_code_unknown"] == 1


def test_a_list_that_changed_since_keeps_the_people_who_were_picked(api: Api) -> None:
    abandoned_carts(api, 6)
    program_id = a_program(api, list_id=a_list(api), cells=ALL)
    pull(api, program_id)
    abandoned_carts(api, 6, version=2, state="lost")
    assert report(api, program_id)["all"]["people"] == 6
