"""Two real data sets, with the names of our figures: ../shared/data/README.md tells what they are and what is wrong with them.

in   the files beside the project
out  UCI: a row per visit and whether it bought. REES46: a row per moment of a visit (after each event, up to the order) and whether it bought later
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.house.tree import ROOT

DATA = ROOT.parent / "shared" / "data"
GAP_S = 1800
RARE = 100  # a class of fewer visits says nothing by itself
# What a tracker knows by itself. PageValues is left out, as it is made from later orders; BounceRates and ExitRates are averages over
# everybody's visits to the same pages, which nobody has at the time; SpecialDay is the shop's calendar; Region, Browser and OperatingSystems are
# codes without a key.
COUNTS = ("Administrative", "Administrative_Duration", "Informational", "Informational_Duration", "ProductRelated", "ProductRelated_Duration")
CLASSES = ("VisitorType", "Month", "Weekend", "TrafficType")


def read(name: str) -> pd.DataFrame:
    path: Path = DATA / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: put the data sets of shared/data beside the project, as its README.md says")
    return pd.read_csv(path)


def uci() -> pd.DataFrame:
    """12,330 visits; `bought` is 1 or 0. Our figures beside the columns as given."""
    visits = read("uci/online_shoppers_intention.csv")
    return visits.assign(
        bought=visits["Revenue"].astype(int),
        weight=1.0,
        product_views=visits["ProductRelated"],
        attention_min=(visits["ProductRelated_Duration"] // 60).astype(int),
        identified=(visits["Administrative"] > 0).astype(int),
        s_per_product=visits["ProductRelated_Duration"] / visits["ProductRelated"].clip(lower=1),
        is_new=(visits["VisitorType"] != "Returning_Visitor").astype(int),
    )


def with_classes(visits: pd.DataFrame) -> pd.DataFrame:
    """With a column of 0 and 1 for each class that is not rare: month, kind of visitor, source, weekend."""
    classes = pd.get_dummies(visits[list(CLASSES)].astype(str), prefix_sep="=").astype(int)
    return visits.join(classes.loc[:, classes.sum() >= RARE])


def class_columns(visits: pd.DataFrame) -> list[str]:
    return [column for column in visits.columns if "=" in column]


def rees46() -> pd.DataFrame:
    """The moments of 4,500 visits (our own 30-minute rule), each with what was known then."""
    events = read("rees46/2019-oct-first-hours.csv").drop_duplicates()
    events["at_s"] = (pd.to_datetime(events["event_time"].str[:19]) - pd.Timestamp("2019-10-01")).dt.total_seconds()
    events = events.sort_values(["user_id", "at_s"], kind="stable")
    opens = (events["user_id"] != events["user_id"].shift()) | (events["at_s"].diff() > GAP_S)
    events["visit"] = opens.cumsum()
    events["buys"] = (events["event_type"] == "purchase").astype(int)
    visit = events.groupby("visit")
    events["bought_before"] = visit["buys"].cumsum()
    events["bought"] = (visit["buys"].transform("sum") > events["bought_before"]).astype(int)
    moments = figures(events)[events["bought_before"] == 0]
    return moments.assign(event=moments.groupby("visit").cumcount() + 1).reset_index(drop=True)


def told_apart(moments: pd.DataFrame) -> pd.DataFrame:
    """What is fitted on: each visit has one say for the time its cart was empty, and one for each moment something was put in."""
    kept = moments[(moments["cart_added"] == 0) | (moments["event_type"] == "cart")]
    alike = kept.groupby(["visit", "cart_added"])["event"].transform("size")
    return kept.assign(weight=1 / alike).reset_index(drop=True)


def figures(events: pd.DataFrame) -> pd.DataFrame:
    """What had been seen up to each event, in our words."""
    is_view, is_cart = events["event_type"] == "view", events["event_type"] == "cart"
    visit = events["visit"]
    cart_added = first_time(events, "product_id", is_cart).groupby(visit).cumsum()
    categories = first_time(events, "category_id", is_view).groupby(visit).cumsum()
    return events.assign(
        product_views=is_view.astype(int).groupby(visit).cumsum(),
        cart_added=cart_added,
        wandering=categories.where(cart_added == 0, 0),
        attention_min=((events["at_s"] - events.groupby("visit")["at_s"].transform("first")) // 60).astype(int),
    )


def first_time(events: pd.DataFrame, column: str, counts: pd.Series) -> pd.Series:
    """1 where this is the visit's first such event about it."""
    again = events[counts].duplicated(["visit", column])
    return (counts & ~again.reindex(events.index, fill_value=True)).astype(np.int64)
