"""One session as a story: what was observed becomes lines that a person can read.

in   the stored events of a session, each once, oldest first, as dictionaries (columns of `events`, times as at_ms)
out  Lines; pure, no markup: the template escapes and draws
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from profiles.story_cart import cart_change, checkout, together
from profiles.story_content import Watched, content_line, in_passing, watched
from profiles.story_line import Event, Line, Part, item_label, item_name, props, strong, woven
from profiles.views.words import clean, count, duration, listed, money, web_link

Worths = Mapping[int, str]
ENDING = re.compile(r"\s+[·|–—-]\s+[^·|–—]+$")  # Cart · My Shop


def story(events: Iterable[Event], cart_worths: Worths | None = None) -> list[Line]:
    """The whole way of a session, oldest first, without its end. `cart_worths` says what the cart was worth after a change, by its time."""
    heard = list(events)
    pages = pages_of(heard)
    lines = [line for event in heard if (line := told(event))]
    lines += [page_line(page) for page in pages.values() if page.has_line]
    lines += [content_line(content) for content in watched(heard) if content.rung and not is_own_product(content, pages)]
    lines.sort(key=lambda line: (line.at_ms, line.of == "content"))
    return [with_worth(line, cart_worths or {}) for line in went_through(in_passing(together(lines)))]


def with_worth(line: Line, worths: Worths) -> Line:
    return replace(line, why=f"cart {worths[line.until_ms]}") if line.of == "cart" and line.until_ms in worths else line


# --- pages: one line each, whatever told of them -------------------------------------------------------------------


@dataclass(slots=True)
class Page:
    """One page view: its product says more than its title, a search or a checkout on it says enough."""

    at_ms: int
    title: str = ""
    href: str = ""
    engaged_ms: int = 0
    products: dict[str, str] = field(default_factory=dict)
    rung: int = 0
    is_viewed: bool = False
    is_told: bool = False
    is_first: bool = False

    @property
    def has_line(self) -> bool:
        return self.is_viewed and (self.is_first or bool(self.products) or not self.is_told)

    def add(self, event: Event) -> None:
        kind = event["type"]
        if kind in ("page_view", "product_view"):
            self.at_ms = min(self.at_ms, event["at_ms"]) if self.is_viewed else event["at_ms"]
            self.is_viewed = True
        if kind == "page_view":
            self.title = clean(event["title"]) or clean(path_of(event["url"])) or "a page without a title"
            self.href = web_link(event["url"])
        if kind == "product_view":
            self.products |= {item["id"]: item_name(item) for item in event["items"]}
        self.is_told |= kind in ("search", "checkout", "order")
        self.engaged_ms = max(self.engaged_ms, event["engaged_ms"] if kind == "engagement" else 0)


def pages_of(events: Iterable[Event]) -> dict[str, Page]:
    """By page id; a view without one is a page of its own."""
    pages: dict[str, Page] = {}
    for number, event in enumerate(events):
        key = event["page_id"] or (f"#{number}" if event["type"] in ("page_view", "product_view") else "")
        if key:
            pages.setdefault(key, Page(event["at_ms"])).add(event)
    viewed = [page for page in pages.values() if page.is_viewed]
    if viewed:
        min(viewed, key=lambda page: page.at_ms).is_first = True
    shorten_titles(viewed)
    for content in watched(events):
        if is_own_product(content, pages):
            pages[content.page_id].rung = max(pages[content.page_id].rung, content.rung)
    return pages


def shorten_titles(pages: list[Page]) -> None:
    """What every title ends with is the name of the shop, and says nothing here: Cart · My Shop."""
    titles = {page.title for page in pages if page.title}
    endings = {found[0] if (found := ENDING.search(title)) else "" for title in titles}
    if len(titles) > 1 and len(endings) == 1:
        ending = endings.pop()
        for page in pages:
            page.title = page.title.removesuffix(ending) or page.title


def is_own_product(content: Watched, pages: Mapping[str, Page]) -> bool:
    """The product of its own page: its ladder is drawn beside the line of that page."""
    return content.kind == "product" and content.page_id in pages and content.content_id in pages[content.page_id].products


def page_line(page: Page) -> Line:
    names = strong(list(page.products.values())) or [Part(page.title, strong=True, href=page.href)]
    if page.is_first:
        opening = "Came in on the product " if page.products else "Came in on the page "
    else:
        opening = "Looked at " if page.products else "Read the page "
    spent = f" for {duration(page.engaged_ms)}" if page.engaged_ms >= 1000 else ""
    is_passing = not (page.is_first or page.products or spent)
    return Line(page.at_ms, (Part(opening), *names, Part(spent)), rung=page.rung, of="passing" if is_passing else "page", figures=tuple(names))


def went_through(lines: Iterable[Line]) -> list[Line]:
    """Pages that were left within a second, one after the other, are one line, each named once."""
    told: list[Line] = []
    for line in lines:
        if told and told[-1].of == line.of == "passing":
            named = tuple({part.text: part for part in (*told[-1].figures, *line.figures)}.values())
            told[-1] = replace(told[-1], parts=(Part("Went through "), *woven(named)), figures=named)
        else:
            told.append(line)
    return told


def path_of(url: str) -> str:
    return url.split("://", 1)[-1].partition("/")[2].partition("?")[0]


# --- events that stand for themselves ------------------------------------------------------------------------------


def told(event: Event) -> Line | None:
    teller = TELLERS.get(event["type"])
    return teller(event) if teller else None


def plain(event: Event, *parts: Part) -> Line:
    return Line(event["at_ms"], parts, of=event["type"])


def order(event: Event) -> Line:
    names = strong([item_label(item) for item in event["items"]])
    paid = f" for {money(event['value'], event['currency'])}" if event["value"] is not None else ""
    said = f"order {clean(event['order_id'], 60)}" + (", told by the shop's server" if event["source"] == "server" else "")
    return Line(event["at_ms"], (Part("Ordered " if names else "Placed an order"), *names, Part(paid)), mark="cart", why=said, of="order")


def order_news(event: Event) -> Line:
    what = {"refund": "was refunded", "order_cancelled": "was cancelled", "order_updated": "was changed"}[event["type"]]
    amount = f", {money(event['value'], event['currency'])}" if event["value"] is not None else ""
    return plain(event, Part("Order "), Part(clean(event["order_id"], 60), strong=True), Part(f" {what}{amount}"))


def search(event: Event) -> Line:
    results = event["results"]
    found = "" if results is None else f", {count(results, 'result')}" if results else ", found nothing"
    return plain(event, Part("Searched for "), Part(f"“{clean(event['query'])}”", strong=True), Part(found))


def identify(event: Event) -> Line:
    how = {"login": "Logged in as ", "signup": "Signed up as ", "checkout": "Gave a name at the checkout: ", "link": "Came by a personal link, as "}
    return plain(event, Part(how.get(str(props(event).get("how")), "Known from here on as ")), Part(clean(event["customer_id"], 80), strong=True))


def logout(event: Event) -> Line:
    return plain(event, Part("Logged out"))


def consent(event: Event) -> Line:
    said = props(event)
    purposes = said.get("purposes")
    about = listed([clean(purpose, 40) for purpose in purposes]) if isinstance(purposes, list) else ""
    return plain(event, Part(f"Said {'yes' if said.get('state') == 'granted' else 'no'} to {about or 'being observed'}"))


def custom(event: Event) -> Line:
    return plain(event, Part("The page told of "), Part(clean(event["name"], 80) or "something", strong=True))


def release(event: Event) -> Line:
    return plain(event, Part("A person here said that this is no robot"))


TELLERS: dict[str, Callable[[Event], Line]] = {
    "search": search, "cart_add": cart_change, "cart_remove": cart_change, "cart_set": cart_change, "checkout": checkout, "order": order,
    "refund": order_news, "order_cancelled": order_news, "order_updated": order_news, "identify": identify, "logout": logout, "consent": consent,
    "custom": custom, "release": release,
}  # fmt: skip
