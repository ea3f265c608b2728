"""Do pandas_sessions.py and the product say the same? Compared are sessions, in the columns of as_pandas.sql, and carts by state.

in   what pandas built; a store in which the product has rebuilt the same events
out  the differences in words, none where they agree
"""

from __future__ import annotations

from typing import Any

from tests.bench.pandas_sessions import Built
from tracker.store import Row, Store, load

SHOWN = 5


def differences(store: Store, site: str, built: Built) -> list[str]:
    last = built.sessions["visitor_id"].max()
    product = [plain(row) for row in store.rows(load("tests.bench", "as_pandas"), site=site, last=last)]
    ours = [plain(row) for row in by_pandas(built, list(product[0]) if product else [])]
    found = [f"{len(product)} sessions of the product, {len(ours)} of pandas"] if len(product) != len(ours) else []
    for theirs, mine in zip(product, ours, strict=False):
        unequal = [f"{name} is {theirs[name]!r}, by pandas {mine[name]!r}" for name in theirs if theirs[name] != mine[name]]
        found += [f"session of {theirs['visitor_id']} at {theirs['started_ms']}: {'; '.join(unequal)}"] if unequal else []
    carts = {row["state"]: (row["carts"], row["value"]) for row in store.rows(load("tests.bench", "carts_as_pandas"), site=site, last=last)}
    folded = {state: (count, float(built.folded.values[state])) for state, count in built.folded.states.items()}
    return found[:SHOWN] + ([f"carts {carts}, by pandas {folded}"] if carts != folded else [])


def by_pandas(built: Built, names: list[str]) -> list[Row]:
    seen = [
        sum(each["seen_ms"] for each in (*products, *others))
        for products, others in zip(built.sessions["products"], built.sessions["content"], strict=True)
    ]
    frame = built.sessions.assign(
        product_ids=ids(built.sessions["products"]),
        content_ids=ids(built.sessions["content"]),
        seen_ms=seen,
        purchases=built.sessions["purchases"].str.len(),
    )
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]


def ids(lists: Any) -> list[list[str]]:
    return [[each["id"] for each in listed] for listed in lists]


def plain(row: Row) -> Row:
    """Numbers as such, so that 2, 2.0 and Decimal(2) are the same."""
    return {name: value if isinstance(value, (str, list)) else round(float(value), 4) for name, value in row.items()}
