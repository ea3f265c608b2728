"""A small world for the sessionizer: visitors that act on a moving clock, straight into the table `events`.

in   what visitors do
out  rows in `events`, ticks, and what the tables say afterwards (times in ms)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sessionizer.loop import Sessionizer, Tick
from tracker.sites import Site
from tracker.store import Store

Row = dict[str, Any]
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
NOON_MS = 1_790_510_400_000  # 2026-09-27T12:00:00Z
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SESSIONS = """
SELECT *, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms
FROM sessions FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY started_at, visitor_id"""


@dataclass
class MovingClock:
    at_ms: int = NOON_MS

    def now_ms(self) -> int:
        return self.at_ms


def pass_over(sessionizer: Sessionizer) -> None:
    """What other tests left is taken as worked in, and their carts as given their due: a tick costs a quarter of a second for each of their sites."""
    sessionizer.passed_ms = sessionizer.clock.now_ms()
    while True:
        touched, until_ms = sessionizer.arrivals.look()
        if not touched:
            return
        sessionizer.arrivals.done(until_ms)


def stamp(at_ms: int) -> str:
    return f"{at_ms // 1000:010d}.{at_ms % 1000:03d}"


@dataclass
class World:
    store: Store
    site: Site
    clock: MovingClock = field(default_factory=MovingClock)
    rows: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    count: int = 0
    sites: dict[str, Site] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sites[self.site.name] = self.site
        self.sessionizer = Sessionizer(self.store, lambda: self.sites, self.clock)

    def begin(self) -> World:
        """Among the sites that other tests left."""
        pass_over(self.sessionizer)
        return self

    def start_anew(self, store: Store | None = None) -> None:
        """What a new process knows: the watermark as stored. The rows of other tests' sites are left alone."""
        arrivals = self.sessionizer.arrivals
        arrivals.store, arrivals.until_ms, arrivals.again = store or self.store, -1, -1
        arrivals.taken = {key: rows for key, rows in arrivals.taken.items() if key[0] != self.site.name}
        self.sessionizer = Sessionizer(arrivals.store, lambda: self.sites, self.clock)
        self.sessionizer.arrivals = arrivals

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count:05d}"

    def visitor(self, name: str = "") -> Visitor:
        return Visitor(self, name or self.name("visitor"))

    def event(self, type: str, at_ms: int, **more: Any) -> Row:  # noqa: A002 - the field's name
        """A row as the writer stores it; lists and dicts of `props` become JSON."""
        row = {"site": self.site.name, "visitor_id": "", "event_id": self.name("event"), "type": type, "at": stamp(at_ms), "source": "tag"}
        row |= {"received_at": stamp(more.pop("received_ms", at_ms + 500))} | more
        row["props"] = json.dumps(row.get("props", {}))
        self.rows.append(row)
        return row

    def server(self, type: str, at_ms: int | None = None, **more: Any) -> Row:  # noqa: A002 - the field's name
        return self.event(type, self.clock.at_ms if at_ms is None else at_ms, source="server", **more)

    def order_from_server(self, order_id: str, *, at_ms: int | None = None, **more: Any) -> Row:
        return self.server("order", at_ms, event_id=f"order:{order_id}:placed", order_id=order_id, **more)

    def feed_reaches(self, at_ms: int) -> None:
        self.server("order_watermark", at_ms)

    def pass_time(self, **span: float) -> World:
        self.clock.at_ms += span_ms(**span)
        return self

    def send(self, rows: Iterable[Row] | None = None) -> None:
        """Store what happened, or exactly these rows."""
        lines = list(self.rows if rows is None else rows)
        self.rows = [] if rows is None else self.rows
        self.history += lines
        self.insert(lines)

    def insert(self, rows: list[Row], token: str = "") -> None:
        self.store.insert("events", "\n".join(json.dumps(row) for row in rows).encode(), token)

    def tick(self, **span: float) -> Tick:
        self.pass_time(**span)
        self.send()
        return self.sessionizer.tick()

    # What the tables say

    def sessions(self, visitor: Visitor | None = None) -> list[Row]:
        rows = self.store.rows(SESSIONS, site=self.site.name)
        return [row for row in rows if visitor is None or row["visitor_id"] == visitor.id]

    def session(self, visitor: Visitor | None = None) -> Row:
        (row,) = self.sessions(visitor)
        return row

    def tombstones(self) -> list[Row]:
        return self.store.rows("SELECT * FROM sessions FINAL WHERE site = {site:String} AND tombstone", site=self.site.name)

    def carts(self) -> list[Row]:
        sql = "SELECT doc FROM carts FINAL WHERE site = {site:String} AND NOT tombstone ORDER BY opened_at, cart_id"
        return [json.loads(row["doc"]) for row in self.store.rows(sql, site=self.site.name)]

    def cart(self) -> Row:
        (cart,) = self.carts()
        return cart

    def customer(self, customer_id: str) -> Row:
        sql = "SELECT * FROM customers FINAL WHERE site = {site:String} AND customer_id = {id:String}"
        (row,) = self.store.rows(sql, site=self.site.name, id=customer_id)
        return row

    def versions(self, table: str) -> list[int]:
        sql = {
            "sessions": "SELECT version FROM sessions WHERE site = {site:String} ORDER BY version",
            "carts": "SELECT version FROM carts WHERE site = {site:String} ORDER BY version",
        }
        return [row["version"] for row in self.store.rows(sql[table], site=self.site.name)]


@dataclass
class Visitor:
    world: World
    id: str
    ua: str = FIREFOX
    page: str = ""
    url: str = ""

    def act(self, type: str, **more: Any) -> Visitor:  # noqa: A002 - the field's name
        at_ms = more.pop("at_ms", self.world.clock.at_ms)
        page = {"page_id": self.page, "url": self.url} | more
        self.world.event(type, at_ms, **({"visitor_id": self.id, "ua": self.ua} | page))
        return self

    def wait(self, **span: float) -> Visitor:
        self.world.pass_time(**span)
        return self

    def view(self, path: str = "/", **more: Any) -> Visitor:
        self.page, self.url = self.world.name("page"), f"https://shop.example{path}"
        return self.act("page_view", **more)

    def read(self, engaged_ms: int = 0, **more: Any) -> Visitor:
        return self.act("engagement", engaged_ms=engaged_ms, **more)

    def see(self, kind: str, content_id: str, **more: Any) -> Visitor:
        return self.act("content", kind=kind, content_id=content_id, **more)

    def add(self, *items: str, **more: Any) -> Visitor:
        return self.act("cart_add", items=things(items), **more)

    def remove(self, *items: str, **more: Any) -> Visitor:
        return self.act("cart_remove", items=things(items), **more)

    def set(self, *items: str, **more: Any) -> Visitor:
        return self.act("cart_set", items=things(items), **more)

    def checkout(self, step: int = 1, step_name: str = "", **more: Any) -> Visitor:
        return self.act("checkout", step=step, step_name=step_name, **more)

    def order(self, order_id: str, *items: str, **more: Any) -> Visitor:
        return self.act("order", order_id=order_id, items=things(items), **more)

    def log_in(self, customer_id: str, **props: Any) -> Visitor:
        return self.act("identify", customer_id=customer_id, props={"how": "login"} | props)

    def log_out(self) -> Visitor:
        return self.act("logout")


def things(items: Iterable[str]) -> list[Row]:
    """'X1' is a piece of X1; 'X1*2' two of them; 'X1@19.9' at that price; 'X1*2@5 USD' in that currency."""
    return [thing(item) for item in items]


def thing(text: str) -> Row:
    text, _, currency = text.partition(" ")
    text, _, price = text.partition("@")
    name, _, quantity = text.partition("*")
    more: Row = {"currency": currency} if currency else {}
    return {"id": name} | ({"price": price} if price else {}) | ({"quantity": quantity} if quantity else {}) | more


def span_ms(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: float = 0) -> int:
    return round(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + ms)


def contents(cart: Row) -> dict[str, float]:
    return {item["id"]: item["quantity"] for item in cart["items"]}
