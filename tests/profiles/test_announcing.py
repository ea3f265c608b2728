"""What is put into the outbox of sessions that closed and of customers whose stage changed."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from profiles import announcing
from profiles.announcing import CLOSED, STAGE, Announcer
from tests.product import until
from tests.profiles.conftest import Api
from tests.profiles.samples import DAY_MS, FixedClock, customer, order, put, seconds, session
from tracker.store import Store

GAP_MS = 1_800_000
MESSAGES = """
    SELECT message_id, type, subject, sequence, payload, visitor_ids, customer_ids
    FROM messages FINAL WHERE site = {site:String} ORDER BY sequence, message_id"""


@pytest.fixture
def now(api: Api) -> FixedClock:
    """The time of the database, as rows are stamped by it."""
    api.clock.at_ms = time.time_ns() // 1_000_000
    return api.clock


def hook(store: Store, api: Api, *types: str, enabled: bool = True) -> None:
    row = {"site": api.site.name, "webhook_id": "we_1", "url": "https://crm.example/", "types": types, "description": "", "enabled": enabled}
    put(store, "webhooks", [row | {"why": "", "secrets": [], "created_at": seconds(api.clock.at_ms - 60_000), "removed": False, "version": 1}])


def told(store: Store, api: Api) -> list[dict[str, Any]]:
    return [{**row, "payload": msgspec.json.decode(row["payload"])} for row in store.rows(MESSAGES, site=api.site.name)]


def look(announcer: Announcer, api: Api) -> None:
    """As soon as what was inserted counts as settled, until nothing is left."""
    now_ms = time.time_ns() // 1_000_000
    until(lambda: api.deps.store.settled_ms() > now_ms)
    api.clock.at_ms = max(api.clock.at_ms, time.time_ns() // 1_000_000)
    while announcer.look() < announcing.LOOK_S:
        pass


def ended(api: Api, session_id: str, ended_ms: int, **changes: Any) -> dict[str, Any]:
    return session(api.site, f"v-{session_id}", session_id, ended_ms - 600_000, ended_at=seconds(ended_ms), **changes)


# --- sessions ----------------------------------------------------------------------------------------------------------------


def test_a_session_is_told_when_it_is_closed_and_not_before(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, CLOSED)
    announcer = Announcer(api.deps)
    put(store, "sessions", [ended(api, "s-1", now.at_ms - GAP_MS + 1_500, customer_id="c-1"), ended(api, "s-2", now.at_ms)])
    look(announcer, api)
    assert told(store, api) == []
    until(lambda: time.time_ns() // 1_000_000 > now.at_ms + 1_600)
    look(announcer, api)
    look(announcer, api)
    [message] = told(store, api)
    assert (message["type"], message["subject"], message["sequence"]) == (CLOSED, "session:s-1", 1)
    assert (message["visitor_ids"], message["customer_ids"]) == (["v-s-1"], ["c-1"])
    assert message["payload"]["type"] == CLOSED
    assert message["payload"]["data"] == api.get("/v1/sessions/s-1")
    assert message["payload"]["data"]["status"] == "closed"


def test_a_closed_session_that_changes_is_told_again_with_its_version(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api)
    announcer = Announcer(api.deps)
    put(store, "sessions", [ended(api, "s-1", now.at_ms - 2 * GAP_MS)])
    look(announcer, api)
    put(store, "sessions", [ended(api, "s-1", now.at_ms - 2 * GAP_MS, version=2, page_views=9)])
    look(announcer, api)
    assert [(message["sequence"], message["payload"]["data"]["page_views"]) for message in told(store, api)] == [(1, 7), (2, 9)]


def test_a_quarantined_session_is_told_once_it_is_released(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api)
    announcer = Announcer(api.deps)
    put(store, "sessions", [ended(api, "s-1", now.at_ms - 2 * GAP_MS, quarantine_reason="webdriver")])
    look(announcer, api)
    assert told(store, api) == []
    put(store, "sessions", [ended(api, "s-1", now.at_ms - 2 * GAP_MS, version=2)])
    look(announcer, api)
    assert [message["sequence"] for message in told(store, api)] == [2]


def test_old_news_and_sessions_that_are_no_more_are_not_told(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api)
    announcer = Announcer(api.deps)
    closed_ms = now.at_ms - 2 * GAP_MS
    put(store, "sessions", [
        ended(api, "old", now.at_ms - 7 * DAY_MS - GAP_MS - 1), ended(api, "young", now.at_ms - 7 * DAY_MS - GAP_MS + 60_000),
        ended(api, "gone", closed_ms, tombstone=True, superseded_by="young"),
    ])  # fmt: skip
    look(announcer, api)
    assert [message["subject"] for message in told(store, api)] == ["session:young"]


@pytest.mark.parametrize(("types", "enabled"), [(["cart.abandoned"], True), ([CLOSED, STAGE], False)])
def test_where_no_webhook_takes_it_nothing_is_told(api: Api, store: Store, now: FixedClock, types: list[str], enabled: bool) -> None:
    hook(store, api, *types, enabled=enabled)
    put(store, "sessions", [ended(api, "s-1", now.at_ms - 2 * GAP_MS)])
    put(store, "customers", [customer(api.site, "c-1", registered_at=seconds(now.at_ms))])
    look(Announcer(api.deps), api)
    assert told(store, api) == []


def test_a_crash_at_any_moment_and_a_second_announcer_tell_the_same_messages(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api)
    begun = Announcer(api.deps)
    look(begun, api)
    put(store, "sessions", [ended(api, f"s-{n}", now.at_ms - 2 * GAP_MS) for n in range(5)])
    put(store, "customers", [customer(api.site, f"c-{n}", registered_at=seconds(now.at_ms)) for n in range(5)])
    look(begun, api)
    first = told(store, api)
    assert len(first) == 10
    look(Announcer(api.deps), api)  # nothing was noted of how far the first one came
    assert told(store, api) == first


# --- stages ------------------------------------------------------------------------------------------------------------------


def changes(store: Store, api: Api) -> list[tuple[str | None, str]]:
    data = [message["payload"]["data"] for message in told(store, api) if message["type"] == STAGE]
    return [(each["previous"], each["lifecycle"]["stage"]) for each in data]


def test_a_stage_is_told_when_an_order_or_the_clock_changes_it(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, STAGE)
    announcer = Announcer(api.deps)
    put(store, "customers", [customer(api.site, "c-1", registered_at=seconds(now.at_ms))])
    look(announcer, api)
    ordered = order("o-1", now.at_ms, 20)
    put(store, "customers", [customer(api.site, "c-1", ordered, version=2, registered_at=seconds(now.at_ms))])
    look(announcer, api)
    assert changes(store, api) == [(None, "prospect"), ("prospect", "new")]
    for days in (29, 31, 89, 91, 181, 200):
        now.at_ms += days * DAY_MS - (now.at_ms - round(ordered["at"] * 1000))
        announcer.progress[api.site.name].due_at = 0
        look(announcer, api)
    assert changes(store, api)[2:] == [("new", "active"), ("active", "at_risk"), ("at_risk", "lapsed")]
    last = told(store, api)[-1]
    stage = api.get("/v1/customers/c-1")["lifecycle"]
    assert {name: stage[name] for name in ("stage", "since", "source")}.items() <= last["payload"]["data"]["lifecycle"].items()
    assert last["payload"]["timestamp"] == stage["since"]
    assert (last["subject"], last["customer_ids"]) == ("customer:c-1", ["c-1"])


def test_the_crms_own_word_is_a_change_too(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, STAGE)
    announcer = Announcer(api.deps)
    put(store, "customers", [customer(api.site, "c-1", registered_at=seconds(now.at_ms))])
    look(announcer, api)
    said = {"lifecycle": "loyal", "lifecycle_at": seconds(now.at_ms)}
    put(store, "customers", [customer(api.site, "c-1", version=2, registered_at=seconds(now.at_ms), **said)])
    look(announcer, api)
    assert changes(store, api) == [(None, "prospect"), ("prospect", "loyal")]


def test_a_customer_of_long_ago_is_noted_in_silence_and_told_at_the_next_change(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, STAGE)
    lapsed = order("o-1", now.at_ms - 300 * DAY_MS, 20)
    put(store, "customers", [customer(api.site, "c-1", lapsed, registered_at=seconds(now.at_ms - 300 * DAY_MS))])
    announcer = Announcer(api.deps)
    look(announcer, api)
    assert changes(store, api) == []
    put(store, "customers", [
        customer(api.site, "c-1", lapsed, order("o-2", now.at_ms, 20), version=2, registered_at=seconds(now.at_ms - 300 * DAY_MS))
    ])  # fmt: skip
    look(announcer, api)
    assert changes(store, api) == [("lapsed", "won_back")]


def test_customers_that_were_there_before_the_webhook_are_gone_through_once(
    api: Api, store: Store, now: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "customers", [customer(api.site, f"c-{n}", order(f"o-{n}", now.at_ms - 50 * DAY_MS, 20)) for n in range(7)])
    look(Announcer(api.deps), api)
    hook(store, api, STAGE)
    monkeypatch.setattr(announcing, "AT_ONCE", 3)
    announcer = Announcer(api.deps)
    look(announcer, api)
    assert changes(store, api) == []
    now.at_ms += 45 * DAY_MS
    announcer.progress[api.site.name].due_at = 0
    look(announcer, api)
    for _ in range(2):
        announcer.progress[api.site.name].due_at = 0
        look(announcer, api)
    assert changes(store, api) == [("active", "at_risk")] * 7


def test_what_a_clock_that_was_ahead_told_is_put_right_with_the_clock(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, STAGE)
    announcer = Announcer(api.deps)
    put(store, "customers", [customer(api.site, "c-1", order("o-1", now.at_ms, 20), registered_at=seconds(now.at_ms))])
    look(announcer, api)
    right_ms = now.at_ms
    now.at_ms += 95 * DAY_MS
    announcer.progress[api.site.name].due_at = 0
    look(announcer, api)
    now.at_ms = right_ms
    look(announcer, api)
    assert changes(store, api) == [(None, "new"), ("new", "at_risk"), ("at_risk", "new")]
    assert api.get("/v1/customers/c-1")["lifecycle"]["stage"] == "new"


def test_only_those_who_are_due_are_looked_at(api: Api, store: Store, now: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    hook(store, api, STAGE)
    put(store, "customers", [customer(api.site, f"c-{n}", order(f"o-{n}", now.at_ms - n * DAY_MS, 20)) for n in range(40)])
    put(store, "customers", [customer(api.site, f"p-{n}", registered_at=seconds(now.at_ms)) for n in range(40)])
    announcer = Announcer(api.deps)
    look(announcer, api)
    looked: list[str] = []
    compare = announcer.compare

    def counted(site: Any, customer_ids: Any) -> None:
        looked.extend(customer_ids if site.name == api.site.name else [])
        compare(site, customer_ids)

    monkeypatch.setattr(announcer, "compare", counted)
    announcer.progress[api.site.name].due_at = 0
    look(announcer, api)
    assert looked == []
    now.at_ms += announcing.AGAIN_MS
    announcer.progress[api.site.name].due_at = 0
    look(announcer, api)
    assert sorted(looked) == sorted(f"c-{n}" for n in range(40))


def test_an_erased_customer_leaves_no_stage_and_no_moment(api: Api, store: Store, now: FixedClock) -> None:
    hook(store, api, STAGE)
    put(store, "customers", [customer(api.site, "c-1", visitor_ids=[], registered_at=seconds(now.at_ms))])
    look(Announcer(api.deps), api)
    assert api.call("DELETE", "/v1/customers/c-1").status_code == 200
    asked = "SELECT (SELECT count() FROM stream WHERE site = {site:String}) + (SELECT count() FROM stages_told WHERE site = {site:String}) AS rows"
    assert store.rows(asked, site=api.site.name)[0]["rows"] == 0
