"""docs/vocabularies.md shows the tables that map, all of them, and the limits that hold."""

from __future__ import annotations

import json
import re

from tests.house.vocabularies import PAGE, PART, made, parts
from tracker.dialects import ga4, segment
from tracker.dialects.letter import PARTS_MAX, WARNINGS_MAX
from tracker.vocabularies.ga4 import Envelope, drafts_of
from tracker.vocabularies.mapping import KEYS_MAX

TEXT = PAGE.read_text()


def test_the_tables_are_those_of_the_code() -> None:
    assert made(TEXT) == TEXT, "run make docs"


def test_no_table_of_the_code_is_left_out() -> None:
    assert [part["name"] for part in PART.finditer(TEXT)] == list(parts())


def test_the_limits_are_those_of_the_code() -> None:
    limits = (
        f"{segment.BODY_MAX_BYTES // 1024} KiB", f"{ga4.BODY_MAX_BYTES // 1024} KiB", f"{segment.CALLS_MAX:,} calls", f"{ga4.EVENTS_MAX} events",
        f"{KEYS_MAX} keys", f"{segment.SHARED_MAX} keys", f"{PARTS_MAX:,} commas", f"{WARNINGS_MAX} warnings",
    )  # fmt: skip
    assert [limit for limit in limits if limit not in TEXT] == []


def test_a_server_is_pointed_here_in_three_lines_each() -> None:
    for library in ("segment-analytics-python", "analytics.js", "Measurement Protocol"):
        assert library in TEXT


def test_the_example_of_a_purchase_is_one() -> None:
    written = re.search(r"-d '(.+?)'$", TEXT, re.M)
    assert written
    body = json.loads(written[1])
    (found,) = drafts_of(Envelope(body), body["events"][0], 0)
    assert (found.event["type"], found.event["order_id"], found.ignored) == ("order", "T1", {})
