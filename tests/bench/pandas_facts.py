"""What is in the sessions, for pandas_sessions.py: contents, figures, source, people, purpose, and the document of each.

in   the rows of sessions, their bounds, the people folded
out  a frame with a row per session
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from sessionizer.agents import described as agent
from sessionizer.cart import PAYMENT
from sessionizer.documents import NUMBERS
from sessionizer.model import DAY_MS, ZERO, mark, seconds
from tests.bench.pandas_folds import ITEMS, Moment, Person, ms_of
from tests.bench.pandas_sources import Finder, Source, host_of
from tracker import purpose
from tracker.sites import Site

LADDER = ["seen_ms", "touched_ms", "touches", "clicks"]
PRODUCT = ["id", "name", "category", "views", *LADDER]
CONTENT = ["kind", "id", "name", *LADDER]
DIRECT = Source("direct", "", "", "")
NOBODY = Person("")
NO_MOMENT = Moment("", "", ZERO, "", ZERO, ZERO, ())
During = tuple[str, str, Moment, Decimal, Decimal, list[dict[str, Any]]]  # customer, how identified, cart, units added and removed, orders
NOTHING: During = ("", "", NO_MOMENT, ZERO, ZERO, [])


def described(rows: pd.DataFrame, spans: pd.DataFrame, people: Mapping[str, Person], site: Site) -> pd.DataFrame:
    found = spans.drop(columns=["event_id", "run_ms", "piece"])
    figures(found, rows)
    contents(found, rows[rows["is_passive"]], rows[(rows["type"] == "product_view") & ~rows["is_passive"]])
    pages(found, rows[rows["is_activity"] & (rows["url"] != "")])
    sources(found, rows[rows["is_activity"] & (rows["type"] == "page_view")], site)
    released = persons(found, people)
    devices(found, rows[rows["is_activity"] & (rows["ua"] != "")], released)
    score(found)
    documents(found)
    return found


def counted(found: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    return np.bincount(rows["span"], minlength=len(found))


def figures(found: pd.DataFrame, rows: pd.DataFrame) -> None:
    found["events"] = counted(found, rows)
    for name, of_type in (("page_views", "page_view"), ("product_views", "product_view"), ("checkout_steps", "checkout")):
        found[name] = counted(found, rows[rows["type"] == of_type])
    found["webdriver"] = counted(found, rows[rows["webdriver"].astype(bool)]) > 0
    steps = rows[rows["type"] == "checkout"]
    paying = [bool(PAYMENT.search(name)) if name else step >= 3 for name, step in zip(steps["step_name"], steps["step"], strict=True)]
    is_paying = counted(found, steps[np.array(paying, dtype=bool)]) > 0
    found["checkout_stage"] = np.where(is_paying, "payment", np.where(found["checkout_steps"] > 0, "checkout", ""))
    found["engaged_ms"] = summed(found, rows[rows["is_passive"]].groupby(["span", "page"])["engaged_ms"].max())
    found["earlier_sessions"] = found.groupby(["visitor", found["started_ms"] // DAY_MS]).cumcount()
    asked: list[list[str]] = [[] for _ in range(len(found))]
    searches = rows[(rows["type"] == "search") & (rows["query"] != "")]
    for span, query in zip(searches["span"], searches["query"], strict=True):
        if asked[span][-1:] != [query]:
            asked[span].append(query)
    found["searches"] = asked


def summed(found: pd.DataFrame, by_span: pd.Series) -> pd.Series:
    return by_span.groupby("span").sum().reindex(found.index, fill_value=0)


def contents(found: pd.DataFrame, about: pd.DataFrame, viewed: pd.DataFrame) -> None:
    """Cumulative figures, so the highest of each page and content counts; a session adds its pages up, and the views of products."""
    content = about[about["type"] == "content"].rename(columns={"content_id": "id"})
    thing = pd.factorize(content["kind"] + "\0" + content["id"])[0]
    named = content[["name", "category"]].replace("", None)
    by_page = content.assign(thing=thing, name=named["name"], category=named["category"]).groupby(["span", "page", "thing"], sort=False)
    highest = by_page[[*LADDER, "at_ms"]].max().join(by_page[["kind", "id"]].first()).join(by_page[["name", "category"]].last()).reset_index()
    views = pd.DataFrame(views_of(viewed), columns=["span", "at_ms", "kind", "id", "name", "category", "views"])
    both = pd.concat([highest, views]).sort_values("at_ms", kind="stable")
    both = both.fillna(dict.fromkeys((*LADDER, "views"), 0)).astype(dict.fromkeys(("span", *LADDER, "views"), "int64"))
    both["thing"] = pd.factorize(both["kind"] + "\0" + both["id"])[0]
    by_thing = both.groupby(["span", "thing"], sort=False)
    things = (
        by_thing[[*LADDER, "views"]].sum().join(by_thing[["kind", "id"]].first()).join(by_thing[["name", "category"]].last().fillna("")).reset_index()
    )
    things = things[things[[*LADDER, "views"]].any(axis=1)]
    is_product = things["kind"] == "product"
    products = things[is_product & (things["id"] != "")].sort_values(
        ["views", "touched_ms", "clicks", "seen_ms", "id"], ascending=[False] * 4 + [True]
    )
    others = things[~is_product & (things["kind"] != "")].sort_values(
        ["clicks", "touched_ms", "seen_ms", "kind", "id"], ascending=[False] * 3 + [True] * 2
    )
    found["products"], found["content"] = listed(found, products, PRODUCT), listed(found, others, CONTENT)
    seen, editorial = things["seen_ms"] > 0, things["kind"] == "editorial"
    found["category_views"] = counted(found, things[(things["kind"] == "category") & (seen | (things["clicks"] > 0))])
    found["editorial_views"] = counted(found, things[editorial & seen])
    found["editorial_ms"] = summed(found, things[editorial].set_index("span")["seen_ms"])
    found["promotion_clicks"] = summed(found, things[things["kind"].isin(["promotion", "advertisement"])].set_index("span")["clicks"])
    found["products_touched"] = counted(found, products[products[["touched_ms", "touches", "clicks"]].any(axis=1)])
    kinds = products[(products["views"] > 0) & (products["category"] != "")].drop_duplicates(["span", "category"])
    found["categories_viewed"] = counted(found, kinds)


def views_of(viewed: pd.DataFrame) -> list[tuple[Any, ...]]:
    views: list[tuple[Any, ...]] = []
    for span, at_ms, items in zip(viewed["span"], viewed["at_ms"], viewed["items"], strict=True):
        for item_id, name, category in dict.fromkeys((item.id, item.name or None, item.category or None) for item in ITEMS.decode(items)):
            views.append((span, at_ms, "product", item_id, name, category, 1))
    return views


def listed(found: pd.DataFrame, rows: pd.DataFrame, columns: list[str]) -> list[list[dict[str, Any]]]:
    lists: list[list[dict[str, Any]]] = [[] for _ in range(len(found))]
    for span, row in zip(rows["span"].tolist(), zip(*(rows[name].tolist() for name in columns), strict=True), strict=True):
        lists[span].append(dict(zip(columns, row, strict=True)))
    return lists


def pages(found: pd.DataFrame, rows: pd.DataFrame) -> None:
    by_span = rows.groupby("span")
    for name, column in (("entry_url", by_span["url"].first()), ("exit_url", by_span["url"].last()), ("referrer", by_span["referrer"].first())):
        found[name] = column.reindex(found.index, fill_value="")


def sources(found: pd.DataFrame, views: pd.DataFrame, site: Site) -> None:
    """A session's source is the first that it names; most pages were come to from within, and their address says nothing."""
    finder, known = Finder(site), dict[tuple[str, str], Source]()
    first: dict[int, tuple[Source, str]] = {}
    for span, url, referrer in zip(views["span"].tolist(), views["url"].tolist(), views["referrer"].tolist(), strict=True):
        if span in first or not ("=" in url or (referrer and host_of(referrer) != host_of(url))):
            continue
        source = known.get((url, referrer)) or known.setdefault((url, referrer), finder.source_of(url, referrer))
        if source.channel != "direct":
            first[span] = (source, referrer)
    named = [first.get(span, (DIRECT, entry)) for span, entry in zip(found.index, found["referrer"], strict=True)]
    found["referrer"] = [referrer for _, referrer in named]
    for place, name in enumerate(Source._fields):
        found[name] = [source[place] for source, _ in named]


def persons(found: pd.DataFrame, people: Mapping[str, Person]) -> list[bool]:
    """Who it was, the owner's cart at the end, what was moved meanwhile, what was bought. Says of each whether a person released it."""
    columns: dict[str, list[Any]] = {name: [] for name in ("customer_id", "identified_how", "cart", "cart_added", "cart_removed", "purchases")}
    released = []
    for visitor, started_ms, ended_ms in zip(found["visitor_id"], found["started_ms"].tolist(), found["ended_ms"].tolist(), strict=True):
        person = people.get(visitor, NOBODY)
        released.append(person.released)
        row = NOTHING if person is NOBODY else during(person, seconds(started_ms), seconds(ended_ms))
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    for name, column in columns.items():
        found[name] = column
    return released


def during(person: Person, started: str, ended: str) -> During:
    """Times are texts of one length here: they compare as they are."""
    claims = [c for c in person.claims if (c.from_at < ended or c.from_at <= started or c.identified_at <= ended) and c.until_at > started]
    claims = [c for c in claims if c.identified_at <= ended] or claims
    moves = [m for m in person.cart_moments if started <= m.at <= ended]
    cart = next((m for m in reversed(person.cart_moments) if m.at <= ended), NO_MOMENT)
    bought = [{"order_id": o.order_id, "at_ms": ms_of(o.at), "value": o.value, "currency": o.currency, "status": o.status, "items": o.items}
              for o in person.orders if started <= o.at <= ended]  # fmt: skip
    who, how = (claims[-1].customer_id, claims[-1].how) if claims else ("", "")
    return who, how, cart, sum((m.added for m in moves), ZERO), sum((m.removed for m in moves), ZERO), bought


def devices(found: pd.DataFrame, rows: pd.DataFrame, released: list[bool]) -> None:
    agents = rows.groupby("span")["ua"].first().reindex(found.index, fill_value="")
    known = {ua: agent(ua) for ua in agents.unique()}
    known[""] = {"device_type": "unknown", "browser": "", "os": "", "bot_class": ""}
    for name in ("device_type", "browser", "os", "bot_class"):
        found[name] = agents.map({ua: row[name] for ua, row in known.items()})
    rate = (found["page_views"] >= 200) & (found["page_views"] * 500 > found["ended_ms"] - found["started_ms"])
    reasons = [np.array(released, dtype=bool), found["bot_class"] != "", found["webdriver"], rate]
    found["quarantine_reason"] = np.select(reasons, ["", "user_agent", "webdriver", "rate"], default="")


def score(found: pd.DataFrame) -> None:
    added, removed = (found[name].astype("float64") for name in ("cart_added", "cart_removed"))
    left = np.array([float(sum((item.quantity for item in cart.items), ZERO)) for cart in found["cart"]])
    bought, searched, viewed = found["purchases"].str.len(), found["searches"].str.len(), found["product_views"] > 0
    attention_ms = (found["engaged_ms"] - found["editorial_ms"]).clip(lower=0)
    figures = {
        "bought": bought, "payment": found["checkout_stage"] == "payment", "checkout_steps": found["checkout_steps"], "cart_added": np.ceil(added),
        "cart_emptied": (removed > 0) & (left == 0) & (bought == 0), "cart_before": np.ceil((left - added + removed).clip(lower=0)),
        "product_views": found["product_views"], "attention_min": (attention_ms // 60_000).where(viewed, 0),
        "wandering": found["categories_viewed"].where(added == 0, 0), "products_touched": found["products_touched"], "searches": searched,
        "identified": found["customer_id"] != "", "earlier_sessions": found["earlier_sessions"],
        "from_email": found["channel"] == "email", "from_social": found["channel"] == "social",
        "category_views": found["category_views"], "promotion_clicks": found["promotion_clicks"], "editorial_views": found["editorial_views"],
        "editorial_min": found["editorial_ms"] // 60_000, "unanswered": searched.where(~viewed, 0),
    }  # fmt: skip
    model = purpose.model()
    points: dict[str, Any] = {side: np.full(len(found), model.start.get(side, 0)) for side in purpose.SIDES}
    for piece in model.pieces:
        table = np.array(piece.points)
        points[piece.side] += table[np.minimum(np.asarray(figures[piece.figure]).astype("int64"), len(table) - 1)]
    buying = np.round(1 / (1 + np.exp(-points["purchase"] / 10)), 4)
    finding = np.round((1 - buying) / (1 + np.exp((points["browsing"] - points["information"]) / 10)), 4)
    looking = np.round(1 - buying - finding, 4)
    found["score_information"], found["score_browsing"], found["score_purchase"] = finding, looking, buying
    found["purpose"] = np.where((buying >= looking) & (buying >= finding), "purchase", np.where(looking >= finding, "browsing", "information"))
    found["purpose_model"] = model.name


def documents(found: pd.DataFrame) -> None:
    carts = found.pop("cart")
    found["cart_id"], found["cart_currency"] = [cart.cart_id for cart in carts], [cart.currency for cart in carts]
    found["cart_value"], found["cart_items"] = [cart.value for cart in carts], [cart.items for cart in carts]
    found["duration_ms"] = found["ended_ms"] - found["started_ms"]
    named = found.drop(columns=["visitor", "webdriver", "categories_viewed"])
    names = list(named.columns)
    written = [NUMBERS.encode(dict(zip(names, row, strict=True))) for row in zip(*(named[name].tolist() for name in names), strict=True)]
    found["doc"], found["content_hash"] = written, [mark(doc) for doc in written]
