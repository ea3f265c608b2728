"""Three months of made-up visits to the demo shop, so that a newcomer finds something to read: no person, no cart of it is real.

in   the time now, the address of the shop, a seed
out  visits in order of time: who, with which browser, and their events as the tag sends them
Pure: the same input gives the same visits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracker.demo.catalogue import CURRENCY, FREE_SHIPPING_FROM, SHELVED, SHIPPING, Product, of_category

DAYS = 90  # long enough for somebody to become loyal, or to lapse
VISITS = 700
LATEST_MS = 2 * 60_000  # so that somebody is in the shop
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SOURCES = (  # how they come: what is added to the address, the page they come from, how often
    ("", "", 30), ("", "https://www.google.com/", 28), ("", "https://www.instagram.com/", 8), ("", "https://kaffeefreunde.example/test", 5),
    ("?utm_source=newsletter&utm_medium=email&utm_campaign=november", "", 20),
    ("?utm_source=google&utm_medium=cpc&utm_campaign=espresso", "https://www.google.com/", 9),
)  # fmt: skip
BROWSERS = (
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", 34),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", 30),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", 20),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0", 14),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 2),
)
PLANS = (("read", 22), ("browse", 46), ("leave", 18), ("buy", 14))
QUERIES = ("espresso", "grinder", "decaf", "filter", "kettle", "cups")
CUSTOMERS = 70


@dataclass(slots=True)
class Person:
    visitor: str
    ua: str
    customer_id: str = ""
    consent: str = ""  # to marketing: granted, denied, or never asked
    is_known_here: bool = False  # has logged in on this browser
    basket: dict[str, tuple[Product, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """One person in the shop; what they do is noted in `events`."""

    person: Person
    at_ms: int
    shop: str
    dice: random.Random
    number: int
    events: list[dict[str, Any]] = field(default_factory=list)
    page: dict[str, Any] = field(default_factory=dict)

    def note(self, event_type: str, **fields: Any) -> None:
        event_id = f"demo-past-{self.number:06d}-{len(self.events):06d}"
        self.events.append({"id": event_id, "type": event_type, "at": self.at_ms, "page": self.page, **fields})
        self.wait(0.2, 2)

    def wait(self, least_s: float, most_s: float) -> None:
        self.at_ms += int(self.dice.uniform(least_s, most_s) * 1000)

    def open(self, path: str, title: str, stay_s: tuple[float, float], query: str = "", referrer: str = "") -> None:
        page_id, came_from = f"demo-page-{self.number:06d}-{len(self.events):06d}", referrer or self.page.get("url", "")
        self.page = {"id": page_id, "url": f"{self.shop}{path}{query}", "title": title, "referrer": came_from}
        self.note("page_view")
        opened = self.at_ms
        self.wait(*stay_s)
        self.note("engagement", engaged_ms=self.at_ms - opened, scroll_pct=self.dice.randint(20, 100))

    def see(self, product: Product, *, clicked: bool = False, touched: bool = False) -> None:
        touches = {"touched_ms": self.dice.randint(400, 2600), "touches": 1} if touched or clicked else {}
        self.note(
            "content", kind="product", content_id=product.id, name=product.name, category=product.category, price=float(product.price),
            currency=CURRENCY, seen_ms=self.dice.randint(1100, 6000), clicks=int(clicked), **touches,
        )  # fmt: skip

    def look_at(self, product: Product) -> None:
        self.open(f"/p/{product.id}", product.name, (15, 120))
        self.note("product_view", items=[line(product)])
        self.see(product, touched=self.dice.random() < 0.6)

    def put_in(self, product: Product) -> None:
        quantity = self.dice.choice((1, 1, 2)) if product.price < 20 else 1
        self.person.basket[product.id] = (product, self.person.basket.get(product.id, (product, 0))[1] + quantity)
        self.note("cart_add", items=[line(product, quantity)])

    def take_out(self) -> None:
        product, quantity = self.person.basket.pop(self.dice.choice(sorted(self.person.basket)))
        self.note("cart_remove", items=[line(product, quantity)])

    def log_in(self) -> None:
        if self.person.customer_id and not self.person.is_known_here:
            self.person.is_known_here = True
            self.note("identify", customer_id=self.person.customer_id, how="login")
            if self.person.consent:
                self.note("consent", state=self.person.consent, purposes=["marketing"])

    def order(self) -> None:
        goods = sum(product.price * quantity for product, quantity in self.person.basket.values())
        value = goods if goods >= FREE_SHIPPING_FROM else goods + SHIPPING
        items = [line(product, quantity) for product, quantity in self.person.basket.values()]
        self.open("/checkout/done", "Thank you", (5, 20))
        self.note("order", order_id=f"D-{20_000 + self.number}", value=float(value), currency=CURRENCY, items=items)
        self.person.basket.clear()


def line(product: Product, quantity: int = 1) -> dict[str, Any]:
    return {
        "id": product.id, "name": product.name, "category": product.category, "brand": product.brand, "price": float(product.price),
        "quantity": quantity, "currency": CURRENCY,
    }  # fmt: skip


def visits(now_ms: int, shop: str, seed: int = 1) -> Iterator[Visit]:
    dice = random.Random(seed)  # noqa: S311 - no secret
    phones = [person(dice, f"second-device-{n:04d}", f"C-{20_400 + n}") for n in range(0, CUSTOMERS, 4)]
    customers = [person(dice, f"visitor-{n:04d}", f"C-{20_400 + n}") for n in range(CUSTOMERS)] + phones
    for number, at_ms in enumerate(moments(now_ms, dice)):
        who = dice.choice(customers) if dice.random() < 0.5 else person(dice, f"passer-by-{number:04d}")
        visit = Visit(who, at_ms, shop, dice, number)
        act(visit)
        visit.events = [event for event in visit.events if event["at"] < now_ms]
        yield visit


def moments(now_ms: int, dice: random.Random) -> list[int]:
    """When somebody comes: fewer at night, always a few in the last hours and minutes."""
    tried = (now_ms - int(dice.random() ** 1.5 * DAYS * DAY_MS) for _ in range(VISITS * 2))  # the shop grows
    awake = [at_ms for at_ms in tried if dice.random() < (0.12 if at_ms // HOUR_MS % 24 < 6 else 0.6)]
    lately = [now_ms - int(dice.uniform(1.3, 9) * HOUR_MS) for _ in range(12)]
    return sorted([*awake, *lately, *(now_ms - LATEST_MS - n * 3 * MINUTE_MS for n in range(4))])


def person(dice: random.Random, visitor: str, customer_id: str = "") -> Person:
    ua = weighted(dice, BROWSERS[:-1] if customer_id else BROWSERS)
    return Person(visitor, ua, customer_id, dice.choice(("granted", "granted", "granted", "denied", "")) if customer_id else "")


def weighted(dice: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    return dice.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def act(visit: Visit) -> None:
    dice, who = visit.dice, visit.person
    query, referrer, _ = dice.choices(SOURCES, [often for *_, often in SOURCES])[0]
    plan = "buy" if who.basket and dice.random() < 0.5 else weighted(dice, PLANS)
    visit.open("/", "Clara’s Coffee", (4, 30), query, referrer)
    if plan == "read":
        visit.open("/read/how-to-grind", "How to grind", (60, 400))
        visit.note("content", kind="editorial", content_id="how-to-grind", name="How to grind", seen_ms=dice.randint(20_000, 90_000))
        return
    browse(visit)
    if plan == "browse":
        return
    visit.log_in()
    for product in dice.sample(SHELVED, dice.choice((1, 1, 2, 3))):
        visit.look_at(product)
        visit.put_in(product)
    if len(who.basket) > 1 and dice.random() < 0.2:
        visit.take_out()
    check_out(visit, to_the_end=plan == "buy")


def browse(visit: Visit) -> None:
    dice = visit.dice
    if dice.random() < 0.3:
        visit.note("content", kind="promotion", content_id="subscription", name="Clara’s choice, monthly", seen_ms=dice.randint(1000, 5000), clicks=0)
    if dice.random() < 0.25:
        visit.open("/search", "Search", (5, 15), f"?q={(word := dice.choice(QUERIES))}")
        visit.note("search", query=word, results=dice.randint(1, 4))
    category = dice.choice(("coffee", "brewers", "accessories"))
    visit.open(f"/c/{category}", category.capitalize(), (10, 60))
    shelf = of_category(category)
    for product in shelf:
        visit.see(product, clicked=product is shelf[0])
    for product in dice.sample(shelf, dice.choice((1, 1, 2))):
        visit.look_at(product)


def check_out(visit: Visit, *, to_the_end: bool) -> None:
    visit.open("/cart", "Your cart", (8, 40))
    steps = (("/checkout/address", "address"), ("/checkout/payment", "payment"))
    reached = len(steps) if to_the_end else visit.dice.choice((0, 0, 1, 2))
    for step, (path, name) in enumerate(steps[:reached], 1):
        visit.open(path, name.capitalize(), (15, 90))
        visit.note("checkout", step=step, step_name=name)
    if to_the_end:
        visit.order()
