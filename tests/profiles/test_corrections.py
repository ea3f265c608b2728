"""A person says what a session was for: kept beside the model's answer, over rebuilds, and gone with the person."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.erasing import Eraser
from tests.profiles.conftest import Api
from tests.profiles.samples import MINUTE_MS, ago, customer, put, session, visitor
from tests.sessionizer.world import World
from tracker.keys import KEY_ID_LENGTH
from tracker.store import Store


def said(api: Api, session_id: str) -> Any:
    return api.get(f"/v1/sessions/{session_id}")["purpose"]["corrected"]


def correct(api: Api, session_id: str, label: str) -> Any:
    answer = api.call("PUT", f"/v1/sessions/{session_id}/purpose", json={"label": label})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_correction_stands_beside_the_models_own_answer(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60)), session(api.site, "v-1", "s-2", ago(200))])
    before = api.get("/v1/sessions/s-1")
    assert before["purpose"]["corrected"] is None
    answered = correct(api, "s-1", "purchase")
    after = api.get("/v1/sessions/s-1")
    assert answered == after["purpose"]
    assert after["purpose"]["corrected"] == {"label": "purchase", "by": api.key[:KEY_ID_LENGTH], "at": "2026-11-22T12:00:00.000Z"}
    assert after | {"purpose": before["purpose"]} == before
    assert after["purpose"] | {"corrected": None} == before["purpose"]
    listed = {each["session_id"]: each["purpose"]["corrected"] for each in api.get("/v1/sessions")["data"]}
    assert (listed["s-1"]["label"], listed["s-2"]) == ("purchase", None)


def test_the_latest_word_counts_and_can_be_taken_back(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60))])
    correct(api, "s-1", "purchase")
    assert correct(api, "s-1", "information")["corrected"]["label"] == "information"
    for _ in range(2):
        answer = api.call("DELETE", "/v1/sessions/s-1/purpose")
        assert (answer.status_code, answer.json()["corrected"]) == (200, None)
    assert said(api, "s-1") is None


@pytest.mark.parametrize(("body", "code"), [
    (b"{", "not_json"), (b"{}", "field_invalid"), (b'{"label":"fun"}', "field_invalid"), (b'{"label":"purchase","by":"me"}', "field_invalid"),
    (b'{"label":""}', "field_invalid"), (b"\xff", "not_json"), (b"[]", "field_invalid"),
])  # fmt: skip
def test_what_is_no_purpose_is_refused(api: Api, store: Store, body: bytes, code: str) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60))])
    answer = api.call("PUT", "/v1/sessions/s-1/purpose", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert said(api, "s-1") is None


def test_nobody_corrects_what_is_not_theirs(api: Api, api_of: Any, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60)), session(api.site, "v-1", "s-0", ago(60), tombstone=True, superseded_by="s-1")])
    other = api_of(type(api.site)(name=f"{api.site.name}-b", site_key="pk_b", origins=("https://b.example",)))
    reader = api.deps.registry.create_key(api.site.name, ["read", "orders"])
    for method in ("PUT", "DELETE"):
        body: dict[str, Any] = {"json": {"label": "purchase"}} if method == "PUT" else {}
        assert other.call(method, "/v1/sessions/s-1/purpose", **body).status_code == 404
        assert api.call(method, "/v1/sessions/s-0/purpose", **body).status_code == 410
        assert api.call(method, "/v1/sessions/s-1/purpose", key=reader, **body).status_code == 403
    assert said(api, "s-1") is None


# --- over time -----------------------------------------------------------------------------------------------------


@pytest.fixture
def world(api: Api) -> World:
    return World(api.deps.store, api.site).begin()


def test_a_correction_survives_a_rebuild(api: Api, world: World) -> None:
    world.visitor("v-1").view("/a").wait(minutes=2).view("/b")
    world.tick(minutes=1)
    session_id = world.session()["session_id"]
    correct(api, session_id, "information")
    world.sessionizer.rebuild(world.site.name)
    assert said(api, session_id)["label"] == "information"


def test_a_correction_goes_along_where_a_late_event_joins_its_session_with_another(api: Api, world: World) -> None:
    ann = world.visitor("v-1").view("/a").wait(minutes=50).view("/b")
    world.tick(minutes=1)
    second = world.sessions()[1]["session_id"]
    correct(api, second, "purchase")
    ann.act("page_view", at_ms=world.sessions()[0]["started_ms"] + 25 * MINUTE_MS, page_id="late")
    world.tick(minutes=1)
    joined = world.session()["session_id"]
    assert joined != second
    assert said(api, joined)["label"] == "purchase"
    api.call("DELETE", f"/v1/sessions/{joined}/purpose")
    assert said(api, joined) is None


# --- agreement -----------------------------------------------------------------------------------------------------


def test_quality_tells_how_often_a_person_agrees_with_the_model(api: Api, store: Store) -> None:
    assert api.get("/v1/quality")["purpose"] == {"judged": 0, "agreed": 0, "share": None, "confusion": []}
    put(store, "sessions", [session(api.site, f"v-{number}", f"s-{number}", ago(days=40)) for number in range(4)])
    for number, label in enumerate(("browsing", "purchase", "purchase")):
        correct(api, f"s-{number}", label)
    correct(api, "s-3", "information")
    api.call("DELETE", "/v1/sessions/s-3/purpose")
    counted = [{"model": "purpose-1", "label": "browsing", "corrected": label, "count": count} for label, count in (("browsing", 1), ("purchase", 2))]
    assert api.get("/v1/quality")["purpose"] == {"judged": 3, "agreed": 1, "share": 0.3333, "confusion": counted}


# --- with the person -----------------------------------------------------------------------------------------------


def kept(api: Api) -> set[str]:
    rows = api.deps.store.rows("SELECT session_id FROM purpose_corrections WHERE site = {site:String}", site=api.site.name)
    return {row["session_id"] for row in rows}


@pytest.fixture
def kiosk(api: Api, store: Store) -> Api:
    """A browser that c-1 and c-2 use, and one of c-1 alone."""
    put(store, "sessions", [
        session(api.site, "v-1", "s-own", ago(60), customer_id="c-1"), session(api.site, "v-2", "s-hers", ago(60), customer_id="c-1"),
        session(api.site, "v-2", "s-his", ago(300), customer_id="c-2"),
    ])  # fmt: skip
    claims = [
        {"from_at": ago(days=2) / 1000, "until_at": ago(90) / 1000, "customer_id": "c-2", "identified_at": 0, "how": "login", "event_id": "e-1"},
        {"from_at": ago(90) / 1000, "until_at": 4_102_444_800, "customer_id": "c-1", "identified_at": 0, "how": "login", "event_id": "e-2"},
    ]  # fmt: skip
    put(store, "visitors", [visitor(api.site, "v-1", claims=claims[1:]), visitor(api.site, "v-2", claims=claims)])
    put(store, "customers", [customer(api.site, "c-1", visitor_ids=["v-1", "v-2"]), customer(api.site, "c-2", visitor_ids=["v-2"])])
    for session_id in ("s-own", "s-hers", "s-his"):
        correct(api, session_id, "purchase")
    return api


def test_the_export_of_a_person_holds_what_was_said_about_their_sessions(kiosk: Api) -> None:
    told = kiosk.get("/v1/customers/c-1/export")["corrections"]
    assert {each["session_id"] for each in told} == {"s-own", "s-hers"}
    assert (told[0]["label"], told[0]["by"]) == ("purchase", kiosk.key[:KEY_ID_LENGTH])


def test_what_was_said_about_an_erased_persons_sessions_is_erased_too(kiosk: Api) -> None:
    eraser: Eraser = kiosk.deps.eraser
    erased = eraser.erase(kiosk.site, customer_id="c-1", asked_by="test")
    assert erased is not None
    assert erased.deleted["purpose_corrections"] == 2
    assert kept(kiosk) == {"s-his"}
