"""An import can be stopped, repeated and trusted: each row once, with the same id, whatever happens in between."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.tracker.importing import NOW_MS, Sink, SinkDied, bring_in, taken
from tracker.errors import BadInput, BadSetting
from tracker.imports import chunks
from tracker.imports.lines import LINE_MAX


def lines(count: int, first: int = 0) -> str:
    return "".join(json.dumps(event(n)) + "\n" for n in range(first, first + count))


def event(n: int) -> dict[str, object]:
    return {"type": "page_view", "at": 1_700_000_000_000 + n * 1000, "visitor": f"v{n % 7}", "url": f"https://shop.example/{n}"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of 95 events, in chunks of ten."""
    monkeypatch.setattr(chunks, "ROWS_MAX", 11)
    path = tmp_path / "events.ndjson"
    path.write_text(lines(95))
    return path


def test_every_row_names_its_site_its_source_and_when_the_import_began(file: Path) -> None:
    sink = Sink()
    done = bring_in(file, "tracker", sink)
    assert (done.lines, done.events, sum(done.refused.values())) == (95, 95, 0)
    assert {(row["site"], row["source"], row["received_at"]) for row in sink.rows} == {("shop", "import", NOW_MS / 1000)}
    assert sink.rows[3]["at"] == 1_700_000_003.0


@pytest.mark.parametrize("takes_it", [True, False], ids=["killed after the insert", "killed before the insert"])
@pytest.mark.parametrize("dies_at", [0, 1, 4, 9])
def test_a_killed_import_goes_on_where_it_was(file: Path, dies_at: int, takes_it: bool) -> None:
    whole, dying, again = Sink(), Sink(dies_at, takes_it), Sink()
    bring_in(file, "tracker", whole, state=file.parent / "elsewhere")
    with pytest.raises(SinkDied):
        bring_in(file, "tracker", dying)
    done = bring_in(file, "tracker", again, now_ms=NOW_MS + 3_600_000)
    assert done.events == 95
    assert len(again.chunks) == len(whole.chunks) - dies_at
    # a chunk that came twice came under the same token with the same bytes: the database drops it
    assert dict(dying.chunks + again.chunks) == dict(whole.chunks)
    assert done.resumed_at_byte == sum(len(line) for line in file.read_bytes().splitlines(keepends=True)[: dies_at * 10])


def test_the_same_file_again_sends_nothing(file: Path) -> None:
    first, second = Sink(), Sink()
    done = bring_in(file, "tracker", first)
    again = bring_in(file, "tracker", second)
    assert (again.already_done, second.chunks) == (True, [])
    assert (again.lines, again.events) == (done.lines, done.events)


def test_the_same_file_on_a_machine_that_forgot_has_the_same_ids(file: Path, tmp_path: Path) -> None:
    first, second = Sink(), Sink()
    bring_in(file, "tracker", first)
    moved = tmp_path / "copy.ndjson.gz"
    moved.write_bytes(gzip.compress(file.read_bytes()))
    bring_in(moved, "tracker", second, site="another", state=tmp_path / "elsewhere")
    assert first.ids == second.ids
    assert not {token for token, _ in first.chunks} & {token for token, _ in second.chunks}, "two sites share no token: the database would drop one"


def test_a_packed_copy_is_the_same_import(file: Path) -> None:
    second = Sink()
    bring_in(file, "tracker", Sink())
    packed = file.with_suffix(".gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert bring_in(packed, "tracker", second).already_done
    assert second.chunks == []


def test_a_longer_export_of_the_same_events_keeps_their_ids(file: Path) -> None:
    first, longer = Sink(), Sink()
    bring_in(file, "tracker", first)
    file.write_text(lines(120))
    bring_in(file, "tracker", longer)
    assert longer.ids[:95] == first.ids
    assert len(set(longer.ids)) == 120


def test_exact_duplicates_stay_distinct_and_keep_their_ids(tmp_path: Path) -> None:
    text = lines(1) * 3 + lines(2) + lines(1).replace("\n", "\r\n")
    _, rows = taken(tmp_path, text, "tracker")
    (tmp_path / "other").mkdir()
    _, again = taken(tmp_path / "other", text, "tracker")
    ids = [row["event_id"] for row in rows]
    assert len(ids) == len(set(ids)) == 6
    assert ids == [row["event_id"] for row in again]
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids)


def test_duplicates_are_numbered_over_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "ROWS_MAX", 11)
    path, dying, again = tmp_path / "file", Sink(dies_at=2), Sink()
    path.write_text(lines(1) * 35)
    with pytest.raises(SinkDied):
        bring_in(path, "tracker", dying)
    bring_in(path, "tracker", again)
    assert len(set(dying.ids + again.ids)) == len(dying.ids + again.ids) == 35


def test_a_bad_line_costs_itself_only(tmp_path: Path) -> None:
    good = lines(1).encode()
    bad = [b"{", b"[1]", b'"text"', b"\xff\xfe{}", b"{" * 5000, b'{"type":"page_view","at":1}', b"x" * (LINE_MAX + 10)]
    done, rows = taken(tmp_path, good + b"\n".join(bad) + b"\n\n  \n" + lines(1, first=5).encode(), "tracker")
    assert [row["url"][-2:] for row in rows] == ["/0", "/5"]
    assert [(example.line, example.reason) for example in done.examples] == [
        (2, "not_json"), (3, "not_an_object"), (4, "not_an_object"), (5, "not_utf8"), (6, "not_json"), (7, "visitor_missing"), (8, "line_too_long"),
    ]  # fmt: skip
    assert (done.lines, done.events, sum(done.refused.values())) == (9, 2, 7)


def test_a_million_bad_lines_leave_twenty_examples(tmp_path: Path) -> None:
    done, rows = taken(tmp_path, "no\n" * 50_000, "tracker")
    assert (len(done.examples), done.refused["not_json"], rows) == (20, 50_000, [])


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("fmt", ["tracker", "segment", "combined"])
def test_an_empty_file_is_no_event(tmp_path: Path, text: bytes, fmt: str) -> None:
    done, rows = taken(tmp_path, text, fmt)
    assert (done.lines - sum(done.refused.values()), done.events, rows) == (0, 0, [])


def test_a_torn_gzip_file_is_refused_before_anything_is_sent(file: Path) -> None:
    sink = Sink()
    torn = file.with_suffix(".gz")
    torn.write_bytes(gzip.compress(lines(5000).encode())[:-2000])
    with pytest.raises(BadInput, match=r"events\.gz cannot be read"):
        bring_in(torn, "tracker", sink)
    assert sink.chunks == []


def test_utf_16_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="UTF-16"):
        taken(tmp_path, lines(1).encode("utf-16"), "tracker")


def test_a_damaged_progress_file_says_what_to_do(file: Path) -> None:
    bring_in(file, "tracker", Sink())
    (state,) = (file.parent / "imports").iterdir()
    state.write_text("{")
    with pytest.raises(BadInput, match="Delete it"):
        bring_in(file, "tracker", Sink())


@pytest.mark.parametrize(
    ("fmt", "map_text", "says"), [("csv", "", "--map"), ("tracker", "x", "--map is for"), ("xml", "", "one of tracker, segment")]
)  # fmt: skip
def test_a_wrong_call_says_what_is_right(tmp_path: Path, fmt: str, map_text: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        taken(tmp_path, "", fmt, map_text)


def test_a_chunk_touches_no_more_days_than_an_insert_may(tmp_path: Path) -> None:
    path, sink = tmp_path / "file", Sink()
    path.write_text("".join(json.dumps({"type": "page_view", "at": day * 86_400_000, "visitor": "v"}) + "\n" for day in range(2100)))
    bring_in(path, "tracker", sink)
    assert [len(part) for _, part in sink.chunks] == [500, 500, 500, 500, 100]
