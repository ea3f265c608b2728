"""The plan of a query, and what it reads of a sample of data: `make explain NAME=sessionizer/sessions`.

in   <room>/<name> of <room>/sql/<name>.sql; its {name:Type} parameters get values that occur in the sample, else a plain value of their type
out  what EXPLAIN says, with the indexes and partitions it would use; rows and granules it would read of each table
The sample: 5,000 visitors with 20 events each on 20 days, added up; a hundred of them lie on the sessionizer's bench.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sessionizer.build import Builder
from tests.bench import history
from tracker.store import Store, load

EVENTS, ON_THE_BENCH = 100_000, 100
PARAMETER = re.compile(r"\{(\w+):((?:[^{}])+)\}")
VALUES: dict[str, Any] = {"String": "1", "Bool": True, "Date": date(2024, 11, 22), "UUID": "00000000-0000-7000-8000-000000000000"}
NONE: Mapping[str, Any] = {}
SOME = """
SELECT groupArray(3)(visitor_id) AS visitors, groupArray(3)(customer_id) AS customers,
       groupArray(3)(cart_id) AS carts, groupArray(3)(session_id) AS sessions,
       min(toDate(started_at)) AS first, max(toDate(started_at)) AS last
FROM sessions WHERE site = {site:String} AND customer_id != '' AND cart_id != ''"""
ROWS = "SELECT table, sum(rows) AS rows, sum(marks) AS granules FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table"


def sample(kind: str) -> Any:
    """A value a parameter of this type takes."""
    kind = kind.strip()
    outer, _, inner = kind.partition("(")
    if outer in ("LowCardinality", "Nullable"):
        return sample(inner[:-1])
    if outer == "Array":
        return [sample(inner[:-1])]
    if outer == "Tuple":
        return tuple(sample(part) for part in re.split(r",(?![^(]*\))", inner[:-1]))
    if outer.startswith("DateTime"):
        return datetime(2024, 11, 22, tzinfo=UTC)
    if outer.startswith(("Float", "Decimal")):
        return 1.5
    return VALUES.get(outer, 1)


def explain(store: Store, sql: str, values: Mapping[str, Any] = NONE) -> list[str]:
    """The plan's lines. Of INSERT … SELECT the plan of the SELECT; of what has no plan, the parsed statement."""
    asked = question(sql)
    how = "EXPLAIN indexes = 1" if asks(asked) else "EXPLAIN AST"
    return [str(line["explain"]) for line in store.rows(f"{how} {asked}", **parameters(asked, values))]


def read(store: Store, sql: str, values: Mapping[str, Any]) -> list[str]:
    """A line per table: rows and granules that would be read, and how many there are."""
    asked = question(sql)
    if not asks(asked):
        return []
    there = {row["table"]: row for row in store.rows(ROWS)}
    found = store.rows(f"EXPLAIN ESTIMATE {asked}", **parameters(asked, values))
    lines = [(row["table"], row["rows"], there[row["table"]]["rows"], row["marks"], there[row["table"]]["granules"]) for row in found]
    return [f"{table}: {rows:,} of {of_rows:,} rows in {marks:,} of {of_marks:,} granules" for table, rows, of_rows, marks, of_marks in sorted(lines)]


def question(sql: str) -> str:
    """The SELECT of the statement; a statement without one as it is."""
    text = without_comments(sql).strip().rstrip(";")
    asked = re.sub(r"^INSERT\s+INTO\s+\w+\s*(\([^)]*\))?\s*(?=SELECT|WITH)", "", text, flags=re.I)
    if not asks(text):
        asked = re.sub(r"\sSETTINGS\s[^()]*$", "", asked, flags=re.I)  # it runs on a writer; the reader that explains it may set nothing
    return asked


def asks(text: str) -> bool:
    return bool(re.match(r"SELECT|WITH", text, re.I))


def parameters(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] if name in values else sample(kind) for name, kind in PARAMETER.findall(sql)}


def without_comments(sql: str) -> str:
    return "\n".join(line.split("--", 1)[0] for line in sql.splitlines())


def main() -> None:
    if len(sys.argv) != 2 or "/" not in sys.argv[1]:
        raise SystemExit("Name one query as room/name, for example: make explain NAME=sessionizer/sessions")
    package, _, name = sys.argv[1].rpartition("/")
    sql = load(package.replace("/", "."), name)
    with tempfile.TemporaryDirectory() as directory, history.opened(Path(directory)) as (store, registry):
        history.fill(store, registry, EVENTS)
        history.rebuild(store, registry)
        values = of_the_sample(store)
        set_out(store, values)
        reads = read(store, sql, values) or ["no table"]
        print("\n".join([*(line[:200] for line in explain(store, sql, values)), "", "Of the sample it would read:", *reads]))  # noqa: T201 - the output of this program


def of_the_sample(store: Store) -> dict[str, Any]:
    """Parameters by their names, with values that occur."""
    row = store.rows(SOME, site=history.SITE)[0]
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (row["first"], row["last"]))
    visitors, customers, carts, sessions = (list(row[name]) for name in ("visitors", "customers", "carts", "sessions"))
    from_ms, to_ms = round(first.timestamp() * 1000), round(last.timestamp() * 1000) + 86_399_999
    return {
        "site": history.SITE, "sites": [history.SITE], "visitor_id": visitors[0], "visitor_ids": visitors, "visitors": visitors,
        "customer_id": customers[0], "customer_ids": customers, "customers": customers, "carts": carts, "cart_ids": carts, "cart_id": carts[0],
        "session_id": sessions[0], "session_ids": sessions, "sessions": sessions, "owners": [f"v:{visitor}" for visitor in visitors],
        "from_visitor": history.visitor_id(0), "until_visitor": history.visitor_id(ON_THE_BENCH), "days": [row["first"]],
        "from_day": row["first"], "to_day": row["first"], "from_ms": from_ms, "to_ms": to_ms, "since_ms": from_ms, "until_ms": to_ms,
        "gap_ms": 1_800_000, "cap_ms": 86_400_000, "limit": 100,
    }  # fmt: skip


def set_out(store: Store, values: Mapping[str, Any]) -> None:
    """Some visitors with all their days lie on the bench, as in the midst of a rebuild."""
    builder = Builder(store)
    builder.clear()
    for name in ("rebuild_work", "doubled", "heard", "spans"):
        sql = load("sessionizer", name)
        days = store.rows("SELECT arraySort(groupUniqArray(day)) AS days FROM work")[0]["days"]
        store.command(sql, **parameters(sql, {**values, "days": days}))


if __name__ == "__main__":
    main()
