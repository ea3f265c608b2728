"""Small, dense worlds for the oracle: three browsers, two customers, times drawn around the borders of the rules.

in   a list of steps, as hypothesis draws them
out  rows of `events`
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, cast

from hypothesis import strategies as st

from tests.sessionizer.oracle.events import event_time, ms
from tests.sessionizer.oracle.sources import LOG_IN, OTHER, PAYMENT, SEARCH
from tests.sessionizer.world import DAY, HOUR, MINUTE, SECOND, Row, Visitor, World, stamp
from tracker.sites import Site
from tracker.store import Store

ADDRESSES = ("", "", "?utm_campaign=spring&utm_medium=email", "?utm_campaign=fair&utm_medium=print", "?rc=42")
REFERRERS = ("", "", SEARCH, OTHER, PAYMENT, LOG_IN)
STEP_NAMES = ("", "address", "Payment", "Zahlung")
KINDS = ("product", "product", "promotion", "editorial", "category")
QUANTITIES = ("", "*1", "*2", "*3")
PRICES = ("", "@5", "@7.5", "@4 USD")


def view(v: Visitor, n: int) -> None:
    v.view(f"/p/{n % 3}{ADDRESSES[n % len(ADDRESSES)]}", referrer=REFERRERS[n % len(REFERRERS)])


def about_older_page(v: Visitor, n: int) -> dict[str, str]:
    """The page in front, one of those opened before, or one whose view nobody saw."""
    pages = pages_of(v)
    if n % 4 == 3 or not pages:
        return {"page_id": f"unknown-{n % 2}"}
    return {"page_id": pages[-1 - n % min(len(pages), 3)]}


def pages_of(v: Visitor) -> list[str]:
    return [row["page_id"] for row in v.world.rows if row["visitor_id"] == v.id and row["type"] == "page_view"]


def read(v: Visitor, n: int) -> None:
    v.read((0, 40, 20 * MINUTE, 3 * HOUR)[n // 4 % 4], **about_older_page(v, n))


def see(v: Visitor, n: int) -> None:
    ladder = {"seen_ms": (0, 900, 25 * MINUTE)[n % 3], "touched_ms": n % 4 * 300, "touches": n % 2, "clicks": n // 3 % 2}
    v.see(KINDS[n % len(KINDS)], f"X{n % 2}", **ladder, **about_older_page(v, n // 2))


def thing(n: int) -> str:
    return f"X{n % 3}{QUANTITIES[n // 3 % 4]}{PRICES[n // 2 % 4]}"


def put_aside(v: Visitor, n: int) -> None:
    v.set(*([], [thing(n)], [f"X{n % 3}*2@5", f"X{(n + 1) % 3}"])[n % 3])


def buy(v: Visitor, n: int) -> None:
    items = ([], [f"X{n % 3}"], [f"X{n % 3}*1", f"X{(n + 1) % 3}"], ["other"])[n % 4]
    v.order(f"o-{n % 5}", *items, value=f"{n}", props={"response_code": "R"} if n == 11 else {})


def stay(v: Visitor, n: int) -> None:
    """A run of about a day."""
    for _ in range(46 + n % 4):
        v.view("/screen").wait(minutes=30)


def from_server(v: Visitor, n: int) -> None:
    owner: Row = {"customer_id": f"c-{n % 2}"} if n % 3 else {"visitor_id": v.id}
    at_ms = v.world.clock.at_ms - (0, HOUR, 61 * MINUTE)[n // 4 % 3]
    v.world.order_from_server(f"o-{n % 5}", at_ms=at_ms, items=[{"id": f"X{n % 3}"}] if n % 2 else [], value=f"{n}", **owner)


def answer(v: Visitor, n: int) -> None:
    """The company says that they answered."""
    owner: Row = {"customer_id": f"c-{n % 2}"} if n % 3 else {"visitor_id": v.id}
    v.world.server("response", props={"response_code": f"R{n % 2}"}, **owner)


def afterwards(v: Visitor, n: int) -> None:
    what, value = (("refund", {"value": "1"}), ("refund", {}), ("order_cancelled", {}), ("order_updated", {"value": "3"}))[n % 4]
    v.world.server(what, order_id=f"o-{n % 5}", visitor_id=v.id, at_ms=None, **value)


ACTS: dict[str, Callable[[Visitor, int], Any]] = {
    "view": view,
    "read": read,
    "see": see,
    "look at": lambda v, n: v.act("product_view", items=[{"id": f"X{n % 3}"}]),
    "search": lambda v, n: v.act("search", query=f"q{n % 2}"),
    "add": lambda v, n: v.add(thing(n), *([thing(n + 1)] if n > 8 else [])),
    "remove": lambda v, n: v.remove(f"X{n % 3}{QUANTITIES[n // 3 % 4]}"),
    "set": put_aside,
    "check out": lambda v, n: v.checkout(n % 4, STEP_NAMES[n // 4 % 4]),
    "order": buy,
    "log in": lambda v, n: v.log_in(f"c-{n % 2}", traits={f"t{n % 3}": n}),
    "log out": lambda v, n: v.log_out(),
    "consent": lambda v, n: v.act("consent", props={"state": "granted" if n % 2 else "denied", "purposes": ["marketing"]}),
    "order at the counter": from_server,
    "afterwards": afterwards,
    "answer": answer,
    "stay": stay,
}
OFTEN = ("view", "view", "read", "see", "add", "add", "remove", "order", "log in")
WAITS_MS = (
    *(0, 0, 1, 1000, 10 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, 59 * MINUTE, 60 * MINUTE - 1, 60 * MINUTE, 61 * MINUTE),
    *(2 * HOUR, 2 * HOUR + 1, DAY, DAY + 1, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1),
)
LATE_MS = (0, 0, 0, 0, SECOND, HOUR, 6 * HOUR, 8 * DAY)  # how long after it happened the browser could send it
SKEWS_MS = (0, 90 * DAY, -3 * HOUR)  # how wrong each browser's clock is
Step = tuple[int, str, int, int, int]  # visitor, act, number, wait before it in ms, how late it is sent in ms
Steps = list[Step]
step = st.tuples(st.integers(0, 2), st.sampled_from((*sorted(ACTS), *OFTEN)), st.integers(0, 11), st.sampled_from(WAITS_MS), st.sampled_from(LATE_MS))
steps = st.lists(step, min_size=6, max_size=25)


def played(acts: Steps) -> list[Row]:
    """The rows of a world in which all this happens, as they are stored once they were received."""
    world = World(cast(Store, None), Site(name="a shop", site_key=""))
    visitors = [world.visitor(f"v{number}") for number in range(3)]
    rows: list[Row] = []
    for who, what, number, wait_ms, late_ms in acts:
        world.clock.at_ms += wait_ms
        ACTS[what](visitors[who], number)
        rows += [sent_late(row, late_ms, SKEWS_MS[who]) for row in world.rows[len(rows) :]]
    return rows


def sent_late(row: Row, late_ms: int, skew_ms: int) -> Row:
    """The door's part (docs/sessions.md): a wrong clock is put right; what waited longer than a week is taken as a week old."""
    at_ms = ms(row["at"])
    received_ms = at_ms + late_ms + 500
    if row["source"] == "tag":
        at_ms = event_time(at_ms + skew_ms, at_ms + late_ms + 500 + skew_ms, received_ms)
    return row | {"at": stamp(at_ms), "received_at": stamp(received_ms)}


def copied(rows: list[Row], chance: random.Random) -> list[Row]:
    """The rows, and some of them once more with something else in them."""
    return rows + [copy_that_differs(row, chance) for row in rows for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 2)))]


def copy_that_differs(row: Row, chance: random.Random) -> Row:
    """The same event once more, received later or earlier, perhaps under another visitor, as another type, or with another time and page.

    But a page view by a message's link keeps its address: docs/decisions/0017-cart.md tells what the product gives up there.
    """
    by_link = row["type"] == "page_view" and "?" in row["url"]
    changes: list[Row] = [
        {"visitor_id": chance.choice(("v0", "v1", "another network"))},
        {"visitor_id": "", "customer_id": "c-1", "source": "server"},
        {"type": chance.choice(("page_view", "cart_add"))},
        {"at": stamp(ms(row["at"]) - 2 * HOUR), "url": row["url"] if by_link else "https://shop.example/copy"},
    ]
    return row | chance.choice(changes) | {"received_at": stamp(ms(row["received_at"]) + chance.choice((MINUTE, 7 * HOUR, -100, -100)))}


def shuffled(rows: list[Row], chance: random.Random) -> list[Row]:
    """Every row once to five times, in any order."""
    doubled = [row for row in rows for _ in range(chance.choice((1, 1, 1, 2, 5)))]
    chance.shuffle(doubled)
    return doubled
