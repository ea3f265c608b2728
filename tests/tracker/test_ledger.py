"""A tally travels as one line and comes back as it was."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

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
