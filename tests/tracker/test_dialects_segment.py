"""Segment's HTTP API at the public port: who may send what, whose it is, and when it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import until
from tests.tracker.speaking import CALL, CONTEXT, HOME, ORDER, TOLD, TRACK, VIEWED, Spoken, batch, fields
from tracker.dialects.segment import PATHS
from tracker.keys import new_key


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


# --- the routes ---


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_path_takes_its_call_and_answers_as_segment_does(spoken: Spoken, path: str) -> None:
    calls: dict[str, dict[str, Any]] = {"alias": {"previousId": "anon-1", "userId": "u-1"}, "identify": {"userId": "u-1"}, "track": VIEWED}
    call = {**CALL, **calls.get(PATHS[path], {})}
    reply = spoken.call(path, batch(TRACK) if PATHS[path] == "batch" else call)
    assert (reply.status_code, reply.json()["success"], reply.json()["refused"]) == (200, True, [])
    assert [row["event_id"] for row in spoken.rows()] == ([] if PATHS[path] == "group" else ["m-1"])


def test_the_answer_comes_after_the_row_is_on_disk(spoken: Spoken) -> None:
    campaign = {"source": "mail", "name": "Spring sale", "medium": "email"}
    reply = spoken.call("t", {**VIEWED, "context": {**CONTEXT, "campaign": campaign}})
    assert reply.json()["accepted"] == 1
    (row,) = spoken.rows()
    assert fields(row, "site", "visitor_id", "event_id", "type", "source", "ip", "ua") == (
        "shop", "anon-1", "m-1", "product_view", "tag", "192.0.2.0", "Mozilla/5.0 (X11)",
    )  # fmt: skip
    assert row["url"] == f"{HOME}/p/1?utm_source=mail&utm_medium=email&utm_campaign=Spring%20sale"
    assert b"192.0.2.77" not in b"".join(path.read_bytes() for path in (spoken.data / "spool").rglob("*") if path.is_file())


def test_what_the_address_says_of_the_campaign_stays(spoken: Spoken) -> None:
    page = {"url": f"{HOME}/?utm_source=shop#top"}
    spoken.call("p", {**CALL, "context": {"page": page, "campaign": {"source": "mail", "medium": "email"}}})
    assert spoken.rows()[0]["url"] == f"{HOME}/?utm_source=shop&utm_medium=email#top"


# --- keys ---


def test_a_key_is_the_basic_user_a_bearer_token_or_the_write_key_of_the_body(spoken: Spoken) -> None:
    replies = [
        spoken.call("t", VIEWED), spoken.call("t", {**VIEWED, "writeKey": "pk_shop"}, key=""), spoken.call("t", TOLD, key=spoken.secret),
        spoken.call("t", TOLD, key="", Authorization=f"Bearer {spoken.secret}"), spoken.call("b", batch(TOLD, writeKey=spoken.secret), key=""),
        spoken.call("b", batch(TOLD, writeKey=spoken.secret), key="", Authorization="Bearer token-of-somebody-else"),
    ]  # fmt: skip
    assert [reply.status_code for reply in replies] == [200] * 6
    assert {row["site"] for row in spoken.rows()} == {"shop"}


def test_a_call_without_a_good_key_is_401_which_no_library_sends_again(spoken: Spoken) -> None:
    revoked = spoken.secret[:-1] + ("a" if spoken.secret[-1] != "a" else "b")
    for key in ("pk_nobody", revoked, new_key(), spoken.old, "sk_", "write-key-of-segment", "ä" * 300):
        reply = spoken.call("t", TOLD, key=key)
        assert (reply.status_code, reply.json()["code"], reply.json()["success"]) == (401, "key_unknown", False)
        assert reply.json()["error"]["message"] == reply.json()["message"] != ""
    assert spoken.call("t", TOLD, key="").json()["code"] == "key_missing"
    assert spoken.call("t", TOLD, key="", Authorization="Basic !").json()["code"] == "key_unknown"
    assert not spoken.rows()
    until(lambda: spoken.tally()["", "refused", "key_unknown"] == 8)


def test_a_secret_key_sent_by_a_page_is_refused_and_flagged(spoken: Spoken, caplog: pytest.LogCaptureFixture) -> None:
    reply = spoken.call("t", VIEWED, key=spoken.secret, Origin=HOME)
    assert (reply.status_code, reply.json()["code"]) == (403, "secret_key")
    assert spoken.secret[:11] in caplog.text
    assert spoken.secret[:16] not in caplog.text
    assert not spoken.rows()


def test_a_secret_key_for_events_opens_nothing_at_the_tags_own_door(spoken: Spoken) -> None:
    reply = spoken.client.post("/v1/events", content=json.dumps({"site": spoken.secret, "events": []}))
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "secret_key")


def test_a_page_may_send_to_its_own_site_only(spoken: Spoken) -> None:
    assert spoken.call("t", VIEWED, Origin="https://other.example").json()["code"] == "origin_refused"
    assert spoken.call("t", VIEWED, Origin="null").status_code == 403
    allowed = spoken.call("t", {**VIEWED, "writeKey": "pk_shop"}, key="", Origin=HOME, **{"Content-Type": "text/plain"})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"], allowed.headers["vary"]) == (200, HOME, "Origin")
    broken = spoken.call("t", b"no json", key="", Origin=HOME)
    assert (broken.status_code, broken.headers["access-control-allow-origin"]) == (400, HOME)


def test_a_preflight_allows_what_the_libraries_send(spoken: Spoken) -> None:
    reply = spoken.client.options("/v1/t", headers={"Origin": HOME, "Access-Control-Request-Method": "POST"})
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (204, HOME)
    assert "Authorization" in reply.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in spoken.client.options("/v1/t", headers={"Origin": "https://evil.example"}).headers
    assert spoken.client.get("/v1/t").status_code == 405


# --- whose it is ---


def test_a_server_may_speak_for_a_customer_and_a_page_may_not(spoken: Spoken) -> None:
    refused = spoken.call("t", TOLD)
    assert (refused.status_code, refused.json()["code"]) == (400, "secret_key_needed")
    assert spoken.call("t", TOLD, key=spoken.secret).status_code == 200
    (row,) = spoken.rows()
    assert fields(row, "visitor_id", "customer_id", "source") == ("", "u-1", "server")


def test_a_customer_has_one_id_however_long_it_is_and_whoever_tells_it(spoken: Spoken) -> None:
    spoken.call("b", batch({**TOLD, "userId": "u" * 300}, {**TRACK, "userId": "u" * 300}), key=spoken.secret)
    assert {row["customer_id"] for row in spoken.rows() if "customer_id" in row} == {"u" * 128}


def test_what_a_server_hands_on_is_the_visitors_and_its_orders_are_the_companys_own(spoken: Spoken) -> None:
    spoken.call("b", batch(TRACK, {**CALL, **ORDER, "type": "track", "messageId": "m-2", "userId": "u-1"}), key=spoken.secret)
    viewed, order, bound = spoken.rows()
    assert fields(viewed, "visitor_id", "customer_id", "source") == ("anon-1", "", "tag")
    assert fields(order, "visitor_id", "customer_id", "source", "value") == ("anon-1", "u-1", "server", 19.8)
    assert fields(bound, "type", "visitor_id", "customer_id") == ("identify", "anon-1", "u-1")


def test_an_order_told_by_a_page_is_the_pages(spoken: Spoken) -> None:
    spoken.call("t", {**CALL, **ORDER})
    assert fields(spoken.rows()[0], "type", "source", "customer_id") == ("order", "tag", "")


def test_a_user_id_beside_calls_binds_the_visitor_once(spoken: Spoken) -> None:
    calls = [{**TRACK, "messageId": f"m-{number}", "userId": "u-1"} for number in range(3)]
    assert spoken.call("b", batch(*calls)).json()["accepted"] == 3
    assert [row["type"] for row in spoken.rows()] == ["product_view", "identify", "product_view", "product_view"]
    assert spoken.tally()["shop", "accepted", ""] == spoken.tally()["shop", "received", ""] == 4


def test_a_visitor_named_as_its_own_customer_is_bound_only_where_a_server_says_so(spoken: Spoken) -> None:
    spoken.call("t", {**VIEWED, "userId": "anon-1"})
    spoken.call("t", {**VIEWED, "messageId": "m-2", "userId": "anon-1"}, key=spoken.secret)
    assert [row["type"] for row in spoken.rows()] == ["product_view", "product_view", "identify"]


def test_a_visitor_that_is_none_is_refused(spoken: Spoken) -> None:
    reply = spoken.call("t", {**VIEWED, "anonymousId": "undefined"})
    assert ([refused["reason"] for refused in reply.json()["refused"]], spoken.rows()) == (["visitor_invalid"], [])


def test_an_alias_binds_the_earlier_visitor_and_an_identify_brings_traits(spoken: Spoken) -> None:
    spoken.call("a", {"previousId": "anon-0", "userId": "u-1", "messageId": "m-1"})
    spoken.call("i", {**CALL, "messageId": "m-2", "userId": "u-1", "traits": {"plan": "gold", "address": {"city": "Köln"}}})
    spoken.call("i", {"userId": "u-1", "messageId": "m-3", "traits": {"plan": "lead"}}, key=spoken.secret)
    assert [fields(row, "type", "visitor_id", "customer_id", "source") for row in spoken.rows()] == [
        ("identify", "anon-0", "u-1", "tag"), ("identify", "anon-1", "u-1", "tag"), ("identify", "", "u-1", "server"),
    ]  # fmt: skip
    assert json.loads(spoken.rows()[1]["props"])["traits"] == {"plan": "gold"}


# --- consent ---


def test_global_privacy_control_and_a_refusing_banner_mean_no(spoken: Spoken) -> None:
    denied = {"consent": {"categoryPreferences": {"Advertising": False, "Analytics": False}}}
    replies = [
        spoken.call("t", {**VIEWED, "userId": "u-1"}, Origin=HOME, **{"Sec-GPC": "1"}),
        spoken.call("t", {**VIEWED, "userId": "u-1", "context": {**CONTEXT, **denied}}, Origin=HOME),
        spoken.call("t", {**VIEWED, "anonymousId": None}, Origin=HOME),
    ]
    assert [reply.json()["accepted"] for reply in replies] == [1, 1, 1]
    assert all(row["cookieless"] and row["visitor_id"].startswith("day-") for row in spoken.rows())
    assert "anon-1" not in str(spoken.rows())
    assert [warning["field"] for warning in replies[0].json()["warnings"]].count("the customer") == 1
    refused = spoken.call("i", {**CALL, "userId": "u-1"}, Origin=HOME, **{"Sec-GPC": "1"})
    assert refused.json()["code"] == "consent_missing"


def test_a_site_that_asks_for_consent_takes_the_banners_yes_and_nothing_less(spoken: Spoken) -> None:
    granted = {"consent": {"categoryPreferences": {"Advertising": False, "Analytics": True}}}
    spoken.call("t", VIEWED, key="pk_asks")
    spoken.call("t", {**VIEWED, "messageId": "m-2", "context": {**CONTEXT, **granted}}, key="pk_asks")
    assert [row.get("cookieless", False) for row in spoken.rows()] == [True, False]


def test_a_server_that_says_no_for_a_visitor_is_believed_but_a_sale_stays_a_sale(spoken: Spoken) -> None:
    context = {"consent": {"categoryPreferences": {"Analytics": False}}}
    reply = spoken.call("b", batch(
        {**TRACK, "userId": "u-1", "context": {**CONTEXT, **context}}, {**TRACK, "context": context},
        {**CALL, **ORDER, "type": "track", "userId": "u-1", "context": context},
    ), key=spoken.secret)  # fmt: skip
    assert [(one["index"], one["reason"]) for one in reply.json()["refused"]] == [(1, "visitor_missing")]
    viewed, order = spoken.rows()
    assert (viewed["visitor_id"].startswith("day-"), viewed["cookieless"]) == (True, True)
    assert fields(order, "visitor_id", "customer_id", "source") == ("", "u-1", "server")


# --- time and repetition ---


def test_the_time_is_told_by_the_senders_clock_and_mended_by_ours(spoken: Spoken) -> None:
    spoken.call("b", batch({**TRACK, "timestamp": "2031-01-01T00:00:00.000Z"}, sentAt="2031-01-01T00:00:02.500Z"))
    (row,) = spoken.rows()
    assert round(row["received_at"] - row["at"], 3) == 2.5


def test_what_is_older_than_a_week_is_taken_as_a_week_and_said_so(spoken: Spoken) -> None:
    reply = spoken.call("t", {**VIEWED, "timestamp": "2020-01-01T00:00:00Z"})
    (row,) = spoken.rows()
    assert round(row["received_at"] - row["at"]) == 7 * 86_400
    assert "tracker import" in next(one["message"] for one in reply.json()["warnings"] if one["field"] == "the time")


def test_a_call_sent_again_has_the_same_id(spoken: Spoken) -> None:
    timed = {**VIEWED, "timestamp": "2026-11-22T08:00:00Z"}
    for sent_at in ("2026-11-22T08:00:01Z", "2026-11-22T08:00:09Z"):
        spoken.call("b", batch(TRACK, {**timed, "type": "track", "messageId": None}, {**timed, "type": "track", "messageId": None}, sentAt=sent_at))
    ids = [row["event_id"] for row in spoken.rows()]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3, "two calls that are alike in one body are two"


def test_a_call_with_neither_id_nor_time_is_warned_that_it_counts_again(spoken: Spoken) -> None:
    replies = [spoken.call("t", {**VIEWED, "messageId": None, "sentAt": f"2026-11-22T08:00:0{number}Z"}) for number in range(2)]
    assert len({row["event_id"] for row in spoken.rows()}) == 2
    assert "messageId" in [warning["field"] for warning in replies[0].json()["warnings"]]
