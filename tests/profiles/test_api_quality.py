"""How far the figures can be trusted: GET /v1/quality, and what became of every event at /metrics."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, event, put
from tests.tracker.spooled import row, segment
from tracker import ledger
from tracker.contents import admitted
from tracker.ledger import Tally
from tracker.store import Store
from tracker.writer import Writer

ORDER = {"order_id": "o-1", "at": "2026-11-22T11:00:00Z", "customer_id": "c-1", "value": 199.9}


def spooled(api: Api) -> None:
    """Five events that came, of which two were no good and one is poison for the database."""
    lines = [row(api.site, 1), row(api.site, 2), row(api.site, 3)[:-1] + b',"position":"many"}']
    tally: Tally = admitted(lines)
    ledger.add(tally, Counter({(api.site.name, "received", ""): 2, (api.site.name, "refused", "id_invalid"): 2, (api.site.name, "cut", ""): 7,
                               (api.site.name, "noted", "price_differs"): 3, (api.site.name, "noted", "second_tag"): 1}))  # fmt: skip
    segment(api.deps.spools[0], lines, tally)


def test_what_became_of_every_event_is_told_before_and_after_it_is_written(api: Api, store: Store) -> None:
    api.deps.spools[0].mkdir()
    assert api.get("/v1/quality")["accounting"] == {
        "received": 0, "accepted": 0, "refused": [], "dropped": [], "stored": 0, "dead": [], "in_spool": 0, "cut": 0, "noted": [],
    }  # fmt: skip
    spooled(api)
    waiting = api.get("/v1/quality")["accounting"]
    common = {"received": 5, "accepted": 3, "refused": [{"reason": "id_invalid", "count": 2}], "dropped": [], "cut": 7,
              "noted": [{"reason": "price_differs", "count": 3}, {"reason": "second_tag", "count": 1}]}  # fmt: skip
    assert waiting == common | {"stored": 0, "dead": [], "in_spool": 3}
    Writer(store, api.deps.spools).drain()
    assert api.get("/v1/quality")["accounting"] == common | {"stored": 2, "dead": [{"reason": "code_27", "count": 1}], "in_spool": 0}


def test_a_site_sees_its_own_events_only(api_of: Any, api: Api, store: Store) -> None:
    spooled(api)
    other = api_of(type(api.site)(name=f"{api.site.name}-b", site_key="pk_b", origins=("https://b.example",)))
    assert other.get("/v1/quality")["accounting"]["received"] == 0


def figures(api: Api) -> dict[str, float]:
    text = api.client.request("GET", "/metrics").text
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("tracker_"))}


def test_the_figures_for_prometheus_add_up(api: Api, store: Store) -> None:
    spooled(api)
    before = figures(api)
    assert (before["tracker_spool_events"], before["tracker_spool_segments"]) == (3, 1)
    assert before["tracker_spool_bytes"] > 500
    assert 0 <= before["tracker_spool_oldest_seconds"] < 600
    Writer(store, api.deps.spools).drain()
    after = figures(api)
    assert after["tracker_spool_events"] == 0
    assert after["tracker_events_received_total"] == before["tracker_events_received_total"]
    assert after["tracker_events_stored_total"] == before["tracker_events_stored_total"] + 2
    assert after['tracker_events_dead_total{reason="code_27"}'] == before.get('tracker_events_dead_total{reason="code_27"}', 0) + 1
    assert after['tracker_events_refused_total{reason="id_invalid"}'] >= 2
    assert after['tracker_events_noted_total{reason="price_differs"}'] >= 3
    assert {name for name in after if name.startswith("tracker_accounting_difference")} == {
        'tracker_accounting_difference{equation="received"}', 'tracker_accounting_difference{equation="accepted"}',
    }  # fmt: skip


@pytest.mark.parametrize(("body", "told"), [
    (ORDER, {"received": 1, "accepted": 1}),
    ([ORDER, {}, 7], {"received": 3, "accepted": 1, "refused": 2}),
    ([{}], {"received": 1, "refused": 1}),
    ("nonsense", {"received": 1, "refused": 1}),
])  # fmt: skip
def test_an_order_is_counted_like_every_event(api: Api, body: Any, told: dict[str, int]) -> None:
    api.call("POST", "/v1/orders", json=body)
    outcomes: Counter[str] = Counter()
    for (site, outcome, _), events in api.spool.tally.items():
        assert site == api.site.name
        outcomes[outcome] += events
    assert {name: events for name, events in outcomes.items() if events} == told
    assert len(api.spool.lines) == told.get("accepted", 0)


def test_what_a_full_spool_turns_away_is_counted_as_refused(api: Api) -> None:
    api.spool.full = True
    assert api.call("POST", "/v1/orders", json=[ORDER, {}]).status_code == 503
    assert api.spool.tally == {(api.site.name, "received", ""): 2, (api.site.name, "refused", "spool_full"): 2}


def test_what_the_crm_says_of_a_customer_is_counted_too(api: Api) -> None:
    api.call("PUT", "/v1/customers/c-1", json={"attributes": {"segment": "gold"}})
    api.call("PUT", "/v1/customers/undefined", json={})
    name = api.site.name
    assert +api.spool.tally == {(name, "received", ""): 2, (name, "accepted", ""): 1, (name, "refused", "customer_id_invalid"): 1}


# --- twice, and twice but not the same ---------------------------------------------------------------------------------------------


def test_the_same_id_with_another_content_is_a_conflict_and_the_same_again_is_none(api: Api, store: Store) -> None:
    same = event(api.site, "v-1", "e-1", "page_view", ago(60), url="https://shop.example/a")
    put(store, "events", [same, same, same | {"url": "https://shop.example/b"}, event(api.site, "v-1", "e-2", "page_view", ago(60))])
    later = {"received_at": ago(50) / 1000, "at": ago(61) / 1000, "ua": "another", "ip": "192.0.2.0"}  # a retry is no conflict
    put(store, "events", [same | later])
    told = api.get("/v1/quality")
    assert told["conflicts"] == 1
    assert told["events"] == [{"source": "tag", "events": 2, "duplicates": 3}]


def test_every_further_content_of_an_event_is_one_conflict_more(api: Api, store: Store) -> None:
    first = event(api.site, "v-1", "e-1", "search", ago(60), query="espresso")
    put(store, "events", [first | {"query": "tea", "received_at": ago(59) / 1000}])
    put(store, "events", [first | {"query": "coffee", "received_at": ago(58) / 1000}, first])
    assert api.get("/v1/quality")["conflicts"] == 2


def test_a_replay_that_the_database_no_longer_knows_counts_once(api: Api, store: Store) -> None:
    """Beyond the deduplication window the rows come in again, under a token that is forgotten: here, another one."""
    spool = api.deps.spools[0]
    lines = [row(api.site, number, at=ago(60) / 1000, received_at=ago(60) / 1000) for number in range(50)]
    for _ in range(3):
        segment(spool, lines)
        Writer(store, [spool]).drain()
    assert api.get("/v1/quality")["events"] == [{"source": "tag", "events": 50, "duplicates": 100}]
    counted = store.rows("SELECT count() AS n FROM events WHERE site = {site:String}", site=api.site.name)[0]["n"]
    assert counted == 150
    assert api.get("/v1/quality")["accounting"]["stored"] == 150
