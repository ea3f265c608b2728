"""CSV through a map: what a column becomes, what a bad record costs, and what a wrong map says."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.tracker.importing import REES46_MAP, Sink, bring_in, rees46, taken
from tracker.errors import BadSetting

MAP = """
[time]
column = "when"
[visitor]
column = "who"
[type]
column = "what"
[type.values]
view = "product_view"
add = "cart_add"
drop = "cart_remove"
buy = "order"
find = "search"
noise = ""
vote = "custom"
[item]
id = "sku"
name = "name"
price = "price"
quantity = "n"
[order]
id = "order"
[fields]
query = "name"
value = "total"
[constants]
currency = "EUR"
"""
HEADER = "when,who,what,sku,name,price,n,order,total\n"
WHEN = "2024-05-01T10:00:00Z"
ADD = f"{WHEN},ann,add,X1,One,9.90,2,,\n"


def test_a_row_becomes_an_event(tmp_path: Path) -> None:
    done, (row,) = taken(tmp_path, HEADER + ADD, "csv", MAP)
    assert (done.lines, row["type"], row["visitor_id"], row["at"]) == (1, "cart_add", "ann", 1_714_557_600.0)
    assert row["items"] == [{"id": "X1", "name": "One", "category": "", "brand": "", "variant": "", "price": 9.9, "quantity": 2.0, "currency": "EUR"}]


def test_each_type_takes_the_columns_it_knows(tmp_path: Path) -> None:
    lines = ("buy,X1,One,9.90,,o-7,19.80", "find,,blue hat,,,,", "noise,,,,,,", "drop,X1,,,,,", "vote,,,,,,")
    text = HEADER + "".join(f"{WHEN},ann,{line}\n" for line in lines)
    done, rows = taken(tmp_path, text, "csv", MAP)
    assert [row["type"] for row in rows] == ["order", "search", "cart_remove", "custom"]
    assert (rows[0]["order_id"], rows[0]["value"], rows[0]["currency"]) == ("o-7", 19.8, "EUR")
    assert (rows[1]["query"], rows[3]["name"]) == ("blue hat", "vote")
    assert rows[2]["items"][0]["quantity"] is None
    assert done.skipped == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ADD.replace("One", '"One, two"'), ["One, two"]),
        (ADD.replace("One", '"19"" screen"'), ['19" screen']),
        (ADD.replace("One", '"One\nand\n\ntwo"') + ADD, ["One\nand\n\ntwo", "One"]),
        (ADD.replace("One", '19" screen') + ADD, ['19" screen', "One"]),
        (ADD.replace("\n", "\r\n") * 2, ["One", "One"]),
        (ADD.replace("One", "Köln €") + ADD.rstrip(), ["Köln €", "One"]),
    ],
    ids=["comma", "doubled quote", "line breaks", "quote inside a word", "crlf", "no line end"],
)
def test_quotation_marks_and_line_ends_are_read_as_they_are_meant(tmp_path: Path, text: str, names: list[str]) -> None:
    done, rows = taken(tmp_path, HEADER + text, "csv", MAP)
    assert ([row["items"][0]["name"] for row in rows], done.examples) == (names, ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ADD.replace("add", "eat"), "type_unknown"),
        (ADD.replace(WHEN, "soon"), "time_invalid"),
        (ADD.replace(WHEN, ""), "time_invalid"),
        (ADD.replace(WHEN, "9999-12-31T23:59:59Z"), "time_invalid"),
        (ADD.replace("ann", ""), "visitor_missing"),
        (ADD.replace("9.90", "9,90"), "columns_mismatch"),
        (ADD.replace("9.90", "dear"), "value_invalid"),
        (ADD.replace("9.90", "nan"), "value_invalid"),
        (ADD.replace("9.90", "1_0"), "value_invalid"),
        (ADD.replace(",2,", ",-2,"), "value_invalid"),
        (ADD.replace("X1", ""), "field_missing"),
        ("one,two\n", "columns_mismatch"),
        (ADD.replace("One", '"One'), "csv_unreadable"),
        (ADD.replace("One", '"One"two'), "csv_unreadable"),
        (ADD.replace("add", "buy"), "field_missing"),
    ],
)
def test_a_bad_record_is_refused_and_the_next_one_taken(tmp_path: Path, line: str, reason: str) -> None:
    done, rows = taken(tmp_path, HEADER + ADD + line + ADD + ADD, "csv", MAP)
    assert [(example.line, example.reason) for example in done.examples] == [(3, reason)]
    assert len(rows) == 3


def test_bytes_that_are_no_utf_8_cost_their_line(tmp_path: Path) -> None:
    done, rows = taken(tmp_path, (HEADER + ADD).encode() + ADD.replace("One", "Köln").encode("latin-1") + ADD.encode(), "csv", MAP)
    assert (len(rows), [(one.line, one.reason) for one in done.examples]) == (2, [(3, "not_utf8")])


def test_the_map_tells_of_other_customs(tmp_path: Path) -> None:
    made = MAP.replace('column = "when"', 'column = "when"\nformat = "%d.%m.%Y %H:%M"\nzone = "Europe/Berlin"')
    made += '[file]\ndelimiter = ";"\nencoding = "latin-1"\ndecimal = ","\n'
    text = HEADER.replace(",", ";") + "01.05.2024 12:00;ann;add;X1;Köln;1.009,90;;;\n"
    _, (row,) = taken(tmp_path, text.encode("latin-1"), "csv", made)
    assert (row["at"], row["items"][0]["name"], row["items"][0]["price"]) == (1_714_557_600.0, "Köln", 1009.9)


@pytest.mark.parametrize(
    ("form", "text"),
    [("ms", "1714557600000"), ("s", "1714557600"), ("iso", "2024-05-01 10:00:00"), ("iso", "2024-05-01T12:00:00+02:00")],
)
def test_times_come_in_several_forms(tmp_path: Path, form: str, text: str) -> None:
    _, (row,) = taken(tmp_path, HEADER + ADD.replace(WHEN, text), "csv", MAP.replace('column = "when"', f'column = "when"\nformat = "{form}"'))
    assert row["at"] == 1_714_557_600.0


def test_a_customer_column_binds_the_visitor_once(tmp_path: Path) -> None:
    made = MAP.replace("[type]", '[customer]\ncolumn = "total"\n[type]').replace('value = "total"\n', "")
    text = HEADER + "".join(f"{WHEN},ann,view,X1,,,,,{customer}\n" for customer in ("", "c-1", "c-1", "c-2", "null"))
    done, rows = taken(tmp_path, text, "csv", made)
    assert [(row["type"], row.get("customer_id", "")) for row in rows] == [
        ("product_view", ""), ("product_view", ""), ("identify", "c-1"), ("product_view", ""),
        ("product_view", ""), ("identify", "c-2"), ("product_view", ""),
    ]  # fmt: skip
    assert done.refused == Counter(customer_id_invalid=1)


def test_an_own_id_is_kept(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, HEADER + ADD.replace(",,\n", ",e-1,\n"), "csv", MAP.replace("[type]", '[event]\ncolumn = "order"\n[type]'))
    assert row["event_id"] == "e-1"


def test_without_order_ids_each_row_is_an_order(tmp_path: Path) -> None:
    buy = ADD.replace("add", "buy")
    _, rows = taken(tmp_path, HEADER + buy + buy, "csv", MAP.replace('id = "order"', 'id = "none"'))
    assert [row["order_id"] for row in rows] == [row["event_id"] for row in rows]
    assert len({row["order_id"] for row in rows}) == 2


def test_a_file_of_one_type_needs_no_column_for_it(tmp_path: Path) -> None:
    made = MAP.partition("[type]")[0] + '[type]\nalways = "page_view"\n[fields]\nurl = "name"\n'
    _, (row,) = taken(tmp_path, HEADER + ADD.replace("One", "https://shop.example/"), "csv", made)
    assert (row["type"], row["url"]) == ("page_view", "https://shop.example/")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[time]", "[time", "is not TOML"),
        ('column = "when"\n', "", "time is {}: Object missing required field `column`"),
        ('column = "when"', "column = 7", "time.column is 7: Expected `str`"),
        ('column = "when"', 'column = "date"', "time.column is 'date', but that column is not there. The file's columns are: when, who"),
        ('column = "who"', 'column = "twice"', "visitor.column is 'twice', but that column is there more than once"),
        ('column = "when"', 'column = "when"\nformat = "quickly"', "time.format is 'quickly'; it should be iso"),
        ('column = "when"', 'column = "when"\nzone = "Mars"', "time.zone is 'Mars'; it should be a time zone"),
        ('"product_view"', '"viewed"', "type.values.view is 'viewed'; it should be one of page_view"),
        ('column = "what"', "", "type is ''; give either"),
        ('[item]\nid = "sku"', "[item]", "missing required field `id`"),
        ('[order]\nid = "order"', "", "order is 'missing'; say which column"),
        ('query = "name"', 'colour = "name"', "fields.query is 'missing'"),
        ('value = "total"', 'colour = "total"', "fields.colour is 'total'; there is no such field"),
        ('"EUR"', '"euro"', "constants.currency is 'euro'; it should be an ISO 4217 code"),
        ("currency", "colour", "constants.colour is 'EUR'; there is no such constant"),
        ("[constants]", "[constant]", "unknown field `constant`"),
    ],
)
def test_a_map_that_cannot_be_used_says_where_and_what_instead(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in MAP
    with pytest.raises(BadSetting) as error:
        taken(tmp_path, HEADER.strip() + ",twice,twice\n" + ADD.strip() + ",,\n", "csv", MAP.replace(old, new))
    assert says in str(error.value)
    assert str(tmp_path / "map.toml") in str(error.value)


def test_the_map_in_the_document_is_the_one_that_ships() -> None:
    shown = re.search(r"with this map:\n\n```toml\n(.*?)```", (ROOT / "docs" / "import.md").read_text(), re.DOTALL)
    assert shown
    assert tomllib.loads(shown[1]) == tomllib.loads(REES46_MAP.read_text())


def test_an_empty_csv_file_is_no_event(tmp_path: Path) -> None:
    done, rows = taken(tmp_path, "", "csv", MAP)
    assert (done.lines, rows) == (0, [])


def test_real_shop_events_come_in_whole(tmp_path: Path) -> None:
    sink = Sink()
    done = bring_in(rees46(), "csv", sink, REES46_MAP, state=tmp_path)
    with rees46().open(newline="") as file:
        given = list(csv.DictReader(file))
    types = Counter(row["event_type"] for row in given)
    assert (done.events, len(set(sink.ids)), done.refused) == (len(given), len(given), Counter())
    assert Counter(row["type"] for row in sink.rows) == {"product_view": types["view"], "cart_add": types["cart"], "order": types["purchase"]}
    assert [row["visitor_id"] for row in sink.rows] == [row["user_id"] for row in given]
    assert [(row["items"][0]["id"], row["items"][0]["price"]) for row in sink.rows] == [(row["product_id"], float(row["price"])) for row in given]
