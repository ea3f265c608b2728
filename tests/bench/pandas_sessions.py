"""The same work in pandas: each event once, sessions by silence, what was looked at, what is in the cart.

in   a frame with the columns of COLUMNS
out  a frame with a row per session; only the time it takes matters
It does less than the product (no claims, purposes, quarantine, versions), so the ratio flatters pandas.
"""

from __future__ import annotations

import pandas as pd

COLUMNS = ("visitor_id", "event_id", "type", "at_ms", "page_id", "url", "kind", "content_id", "name",
           "seen_ms", "touched_ms", "touches", "clicks", "engaged_ms", "query", "item_id", "price")  # fmt: skip
GAP_MS = 1_800_000


def sessions(events: pd.DataFrame) -> pd.DataFrame:
    heard = numbered(events.drop_duplicates("event_id").sort_values(["visitor_id", "at_ms", "event_id"]))
    views = heard[heard["type"] == "page_view"].groupby("session")
    built = heard.groupby("session").agg(
        visitor_id=("visitor_id", "first"), started_ms=("at_ms", "first"), ended_ms=("at_ms", "last"), events=("at_ms", "size")
    )
    built["page_views"] = views.size()
    built["entry_url"] = views["url"].first()
    built["exit_url"] = views["url"].last()
    built["engaged_ms"] = heard[heard["type"] == "engagement"].groupby(["session", "page_id"])["engaged_ms"].max().groupby("session").sum()
    built["searches"] = heard[heard["type"] == "search"].groupby("session")["query"].agg(list)
    built["content"] = looked_at(heard)
    return built.join(carts(heard), on="visitor_id")


def numbered(heard: pd.DataFrame) -> pd.DataFrame:
    opens = (heard["visitor_id"] != heard["visitor_id"].shift()) | (heard["at_ms"].diff() > GAP_MS)
    return heard.assign(session=opens.cumsum())


def looked_at(heard: pd.DataFrame) -> pd.Series:
    """Cumulative per page and content, so the highest counts; added up per session."""
    ladder = ["seen_ms", "touched_ms", "touches", "clicks"]
    seen = heard[heard["type"] == "content"].groupby(["session", "page_id", "kind", "content_id", "name"], as_index=False)[ladder].max()
    summed = seen.groupby(["session", "kind", "content_id", "name"], as_index=False)[ladder].sum()
    rows = pd.Series(list(zip(*(summed[name] for name in ("kind", "content_id", "name", *ladder)), strict=True)), index=summed["session"])
    return rows.groupby(level=0).agg(list)


def carts(heard: pd.DataFrame) -> pd.DataFrame:
    """What each visitor has added since the last order."""
    moves = heard[heard["type"].isin(["cart_add", "order"])]
    bought_ms = moves[moves["type"] == "order"].groupby("visitor_id")["at_ms"].max().rename("bought_ms")
    kept = moves[moves["type"] == "cart_add"].join(bought_ms, on="visitor_id")
    kept = kept[~(kept["at_ms"] <= kept["bought_ms"])]
    return kept.groupby("visitor_id").agg(cart_items=("item_id", list), cart_value=("price", "sum"))
