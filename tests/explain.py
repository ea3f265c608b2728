"""The plan of a query on the product's own schema: `make explain NAME=sessionizer/sessions`.

in   <room>/<name> of <room>/sql/<name>.sql; its {name:Type} parameters get a plain value of their type
out  what EXPLAIN says, with the indexes and partitions it would use
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import UTC, date, datetime
from typing import Any

from tracker.migrate import migrate
from tracker.store import Store, load

PARAMETER = re.compile(r"\{(\w+):((?:[^{}])+)\}")
VALUES: dict[str, Any] = {"String": "1", "Bool": True, "Date": date(2024, 11, 22), "UUID": "00000000-0000-7000-8000-000000000000"}


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


def explain(store: Store, sql: str) -> list[str]:
    """The plan's lines. Of INSERT … SELECT the plan of the SELECT; of what has no plan, the parsed statement."""
    text = without_comments(sql).strip().rstrip(";")
    asked = re.sub(r"^INSERT\s+INTO\s+\w+\s*(\([^)]*\))?\s*(?=SELECT|WITH)", "", text, flags=re.I)
    how = "EXPLAIN indexes = 1" if re.match(r"SELECT|WITH", asked, re.I) else "EXPLAIN AST"
    if not re.match(r"SELECT|WITH", text, re.I):
        asked = re.sub(r"\sSETTINGS\s[^()]*$", "", asked, flags=re.I)  # it runs on a writer; the reader that explains it may set nothing
    parameters = {name: sample(kind) for name, kind in PARAMETER.findall(text)}
    return [str(line["explain"]) for line in store.rows(f"{how} {asked}", **parameters)]


def without_comments(sql: str) -> str:
    return "\n".join(line.split("--", 1)[0] for line in sql.splitlines())


def main() -> None:
    if len(sys.argv) != 2 or "/" not in sys.argv[1]:
        raise SystemExit("Name one query as room/name, for example: make explain NAME=sessionizer/sessions")
    package, _, name = sys.argv[1].rpartition("/")
    with tempfile.TemporaryDirectory() as directory:
        store = Store(f"chdb://{directory}")
        migrate(store)
        print("\n".join(line[:200] for line in explain(store, load(package.replace("/", "."), name))))  # noqa: T201 - the output of this program
        store.close()


if __name__ == "__main__":
    main()
