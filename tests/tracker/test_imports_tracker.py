"""The product's own format: a line is an event as through the door, plus its visitor and page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tracker.importing import taken

PAGE = {"id": "p1", "url": "https://shop.example/p/1?token=secret", "title": "One", "referrer": "https://search.example/"}
LINE = {"id": "e1", "type": "product_view", "at": 1_700_000_000_123, "visitor": "ann", "page": PAGE, "items": [{"id": "X1"}]}


def test_an_event_is_stored_as_the_door_would_store_it(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, json.dumps(LINE), "tracker")
    assert (row["event_id"], row["visitor_id"], row["at"], row["page_id"]) == ("e1", "ann", 1_700_000_000.123, "p1")
    assert row["url"] == "https://shop.example/p/1?token=[removed]"
    assert row["items"][0]["id"] == "X1"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"at": "2019-10-01T00:00:00Z"}, 1_569_888_000.0),
        ({"at": "2019-10-01T02:00:00.250+02:00"}, 1_569_888_000.25),
        ({"at": 0}, 0.0),
    ],
)
def test_the_time_is_taken_as_it_is(tmp_path: Path, change: dict[str, object], at: float) -> None:
    _, (row,) = taken(tmp_path, json.dumps({**LINE, **change}), "tracker")
    assert row["at"] == at


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"at": "yesterday"}, "time_invalid"),
        ({"at": "2019-10-01T00:00:00"}, "time_invalid"),
        ({"at": "9999-01-01T00:00:00Z"}, "time_invalid"),
        ({"at": -1}, "time_invalid"),
        ({"at": None}, "field_invalid"),
        ({"type": "product_seen"}, "type_unknown"),
        ({"type": None}, "type_unknown"),
        ({"visitor": None}, "visitor_missing"),
        ({"visitor": " "}, "visitor_missing"),
        ({"visitor": "v" * 65}, "visitor_invalid"),
        ({"visitor": "undefined"}, "visitor_invalid"),
        ({"id": "x" * 65}, "id_invalid"),
        ({"id": 7}, "field_invalid"),
        ({"items": []}, "items_missing"),
        ({"items": [{"id": "X1", "quantity": -1}]}, "value_invalid"),
        ({"type": "identify", "customer_id": "undefined"}, "customer_id_invalid"),
        ({"type": "order"}, "field_missing"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    done, rows = taken(tmp_path, json.dumps({**LINE, **change}), "tracker")
    assert (rows, [example.reason for example in done.examples]) == ([], [reason])
    assert done.examples[0].message


def test_half_a_surrogate_pair_is_mended(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, json.dumps({**LINE, "page": {"title": "cut \ud83d"}}), "tracker")
    assert row["title"] == "cut �"


def test_log_in_and_log_out_stay_single_events(tmp_path: Path) -> None:
    events = [{"type": "identify", "customer_id": "c-1"}, {"type": "identify", "customer_id": "c-1"}, {"type": "logout"}]
    text = "\n".join(json.dumps({"at": n, "visitor": "ann", **event}) for n, event in enumerate(events))
    _, rows = taken(tmp_path, text, "tracker")
    assert [row["type"] for row in rows] == ["identify", "identify", "logout"]
