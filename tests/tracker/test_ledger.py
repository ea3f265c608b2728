"""A tally travels as one line and comes back as it was."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.house.tree import ROOT
from tracker import ledger
from tracker.event import EventRow

KEYS = st.tuples(st.text(max_size=8), st.sampled_from(ledger.OUTCOMES), st.text(max_size=8))


@given(st.dictionaries(KEYS, st.integers(-(10**6), 10**6).filter(bool)))
def test_a_tally_comes_back_as_it_was(counts: dict[tuple[str, str, str], int]) -> None:
    line = ledger.line(ledger.Tally(counts))
    assert b"\n" not in line
    assert ledger.is_line(line)
    assert ledger.tally_of(line) == counts


def test_an_event_is_no_tally() -> None:
    row = EventRow(site="ledger", visitor_id="v", event_id="e", type="page_view", at=0.0, received_at=0.0, source="tag")
    assert not ledger.is_line(msgspec.json.encode(row))


@pytest.mark.parametrize(("notes", "told"), [
    (b'{"second_tag":1,"price_differs":2}', {"second_tag": 1, "price_differs": 2}),
    (b'{"made_up":1,"dropped":7}', {"dropped": 7}),
    (b'{"dropped":1e99,"send_failed":10001}', {"dropped": 10_000, "send_failed": 10_000}),
    (b'{"dropped":1.9,"send_failed":0.5}', {"dropped": 1}),
    (b'{"dropped":-1,"second_tag":0,"send_failed":true,"price_differs":"3","beacon_refused":null}', {}),
    (b'{"dropped":{"dropped":1}}', {}), (b'["dropped"]', {}), (b"7", {}), (b"null", {}), (b"", {}), (b'{"\xff":1}', {}),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}),
])  # fmt: skip
def test_of_what_a_tag_says_about_itself_only_known_codes_and_bounded_numbers_count(notes: bytes, told: dict[str, int]) -> None:
    assert ledger.noted("shop", notes) == {("shop", "noted", code): n for code, n in told.items()}


def test_every_code_is_published() -> None:
    table = (ROOT / "docs" / "api.md").read_text().split("| code | counts |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.M)) == ledger.NOTES
