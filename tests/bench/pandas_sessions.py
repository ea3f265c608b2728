"""The work of a rebuild in pandas, as somebody who knows pandas would write it: vectors where there are any, plain Python where there are none.

in   a frame with the columns of COLUMNS, already in memory; a site with its rules; the time now
out  Built: a frame with a row per session and the API's document of each as JSON, with its hash; carts, customers and visitors folded

In it: each event once by its id; sessions by silence, with pages left open, returns from a payment or log-in, the cut after 24 h; contents with their
ladder, products, searches, attention; entry, exit, source, device, robots; who it was, the owner's cart and its moves, orders; purpose-1; documents.
Carts, orders and claims are folded by the product's own Python, user agents parsed by it, sources told by its list, purposes scored by its points.
Not in it, which flatters pandas: reading the events, comparing with what is stored, versions, tombstones, messages, and storing anything; a campaign
that splits a visit (a rule that is off here); memory that stays bounded. It runs on one core, as pandas does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sessionizer.build import PASSAGE_MS
from sessionizer.model import DAY_MS, identifier
from tests.bench import pandas_facts
from tests.bench.pandas_folds import Folded, folded
from tests.bench.pandas_sources import is_passage
from tracker.collection import no_collection
from tracker.sites import Site

COLUMNS = ("visitor_id", "event_id", "type", "at_ms", "received_ms", "source", "webdriver", "ua", "page_id", "url", "referrer", "customer_id",
           "kind", "content_id", "name", "category", "seen_ms", "touched_ms", "touches", "clicks", "engaged_ms", "query",
           "items", "step", "step_name", "order_id", "value", "currency", "props")  # fmt: skip
ATTACHED = ("consent", "order_updated", "order_watermark", "customer_update", "release")
PASSIVE = ("content", "engagement")
SHIFT = 1 << 42  # more than any time in ms: visitor and time are one number, which is looked up quickly


@dataclass(frozen=True, slots=True)
class Built:
    sessions: pd.DataFrame
    folded: Folded


def sessions(events: pd.DataFrame, site: Site, now_ms: int) -> Built:
    with no_collection():
        heard = each_once(events)
        people = folded(heard, site, now_ms)
        heard = with_roles(heard[heard["visitor_id"] != ""])
        spans = spans_of(standing(heard, site), site)
        return Built(pandas_facts.described(placed(heard, spans), spans, people.people, site), people)


def each_once(events: pd.DataFrame) -> pd.DataFrame:
    if not events["event_id"].is_unique:
        events = events.sort_values(["received_ms", "visitor_id", "type"]).drop_duplicates("event_id")
    return events.assign(visitor=pd.factorize(events["visitor_id"], sort=True)[0]).sort_values(["visitor", "at_ms", "event_id"], ignore_index=True)


def with_roles(heard: pd.DataFrame) -> pd.DataFrame:
    attached = heard["type"].isin(ATTACHED) | (heard["source"] == "server")
    passive = heard["type"].isin(PASSIVE) & ~attached
    pages = pd.factorize(heard["page_id"])[0].astype("int64")
    page = np.where(heard["page_id"] == "", -1, pd.factorize(heard["visitor"] * (pages.max(initial=0) + 1) + pages)[0])
    heard = heard.assign(is_passive=passive, is_activity=~attached & ~passive, page=page)
    views = heard[(heard["type"] == "page_view") & heard["is_activity"] & (page >= 0)]
    return heard.assign(view_ms=heard["page"].map(views.groupby("page")["at_ms"].min()).fillna(-1).astype("int64"))


def visible_until(heard: pd.DataFrame, gap_ms: int) -> pd.Series:
    """page -> until when it was visible: as long as its rows follow each other; after a silence it proves only what it measured."""
    rows = heard[(heard["view_ms"] >= 0) & (heard["is_activity"] | heard["is_passive"])].sort_values("page", kind="stable")
    after = rows[rows["at_ms"] >= rows["view_ms"]]
    silent = (after["page"] == after["page"].shift()) & (after["at_ms"].diff() > gap_ms)
    unbroken = after[silent.groupby(after["page"]).cumsum() == 0].groupby("page")["at_ms"].max()
    about = rows[rows["is_passive"]]
    measured = np.minimum(about["at_ms"], about["view_ms"] + np.minimum(np.maximum(about["engaged_ms"], about["seen_ms"]).astype("int64"), DAY_MS))
    return pd.concat([unbroken, measured.groupby(about["page"]).max()], axis=1).max(axis=1)


def standing(heard: pd.DataFrame, site: Site) -> pd.DataFrame:
    """What opens and lengthens sessions, with the number of its session."""
    gap_ms = site.session_gap_s * 1000
    rows = heard[heard["is_activity"] | (heard["is_passive"] & (heard["view_ms"] < 0))]
    is_view = (rows["type"] == "page_view") & (rows["at_ms"] == rows["view_ms"])
    there = rows["page"].map(visible_until(heard, gap_ms)).where(is_view)
    until_ms = np.fmax(rows["at_ms"], there).astype("int64")
    returns = (rows["type"] == "page_view") & rows["referrer"].map({each: is_passage(each) for each in rows["referrer"].unique()})
    earlier_ms = until_ms.groupby(rows["visitor"]).cummax().groupby(rows["visitor"]).shift()
    breaks = earlier_ms.isna() | (rows["at_ms"] - earlier_ms > np.where(returns, max(gap_ms, PASSAGE_MS), gap_ms))
    run_ms = rows["at_ms"].where(breaks).ffill().astype("int64")
    piece = (rows["at_ms"] - run_ms - 1).clip(lower=0) // (site.session_cap_s * 1000)
    span = (breaks | (piece != piece.shift())).cumsum() - 1
    return rows[["visitor", "visitor_id", "event_id", "at_ms"]].assign(until_ms=until_ms, run_ms=run_ms, piece=piece, span=span)


def spans_of(rows: pd.DataFrame, site: Site) -> pd.DataFrame:
    by_span = rows.groupby("span")
    spans = by_span[["visitor", "visitor_id", "event_id", "run_ms", "piece"]].first()
    spans["started_ms"], acted_ms = by_span["at_ms"].first(), by_span["at_ms"].last()
    there_ms = np.minimum(by_span["until_ms"].max(), spans["run_ms"] + (spans["piece"] + 1) * site.session_cap_s * 1000)
    next_ms = spans.groupby("visitor")["started_ms"].shift(-1).fillna(SHIFT).astype("int64")
    spans["ended_ms"] = np.maximum(acted_ms, np.minimum(there_ms, next_ms - 1))
    months = pd.to_datetime(spans["started_ms"], unit="ms").dt.strftime("%Y%m")
    spans["session_id"] = [identifier(site.name, *named) for named in zip(spans["visitor_id"], months, spans["event_id"], strict=True)]
    return spans


def placed(heard: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """The rows of sessions: passive ones belong to that of their page view, attached ones to that in whose time they fall, else to none."""
    placed_ms = heard["at_ms"].where(~heard["is_passive"] | (heard["view_ms"] < 0), heard["view_ms"])
    begins = (spans["visitor"] * SHIFT + spans["started_ms"]).to_numpy()
    span = np.searchsorted(begins, (heard["visitor"] * SHIFT + placed_ms).to_numpy(), side="right") - 1
    is_own = (span >= 0) & (spans["visitor"].to_numpy()[span] == heard["visitor"])
    is_attached = ~(heard["is_passive"] | heard["is_activity"])
    return heard.assign(span=span)[is_own & ~(is_attached & (heard["at_ms"] > spans["ended_ms"].to_numpy()[span]))]
