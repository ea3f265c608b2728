"""One session as a story: what was observed becomes lines that a person can read.

in   the stored events of a session, each once, oldest first, as dictionaries (columns of `events`, times as at_ms)
out  Lines; pure, no markup: the template escapes and draws
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import msgspec

from profiles.views.words import clean, count, duration, listed, money, quantity, web_link

Event = Mapping[str, Any]
Mark = Literal["", "cart", "end"]
TOGETHER_MS = 180_000  # cart changes this close are one line
IN_PASSING = 2  # from so many contents on that were only seen, one line tells of them together
LADDER = ("present", "seen", "touched", "clicked")
NOUNS = {"product": "the product", "category": "the category", "advertisement": "the advertisement", "promotion": "the promotion",
         "editorial": "the article", "subscription": "the subscription"}
PLURALS = {"product": "products", "category": "categories", "advertisement": "advertisements", "promotion": "promotions",
           "editorial": "articles", "subscription": "subscriptions"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence: plain, or a name (drawn strong), or a name that leads somewhere."""

    text: str
    strong: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    at_ms: int
    parts: tuple[Part, ...]
    mark: Mark = ""
    why: str = ""
    rung: int = 0  # of LADDER; 0 = no ladder is drawn
    until_ms: int = 0
    of: str = ""  # what kind of line it is; neighbours of the same kind may be told together
    figures: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def story(events: Iterable[Event]) -> list[Line]:
    """The whole way of a session, oldest first, without its end."""
    seen = list(events)
    pages = page_figures(seen)
    lines = [line for event in seen if (line := told(event, pages))]
    lines += content_lines(seen, pages)
    lines.sort(key=lambda line: (line.at_ms, line.of == "content"))
    return in_passing(together(arrived(lines)))


# --- pages ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Page:
    """What is known of one page view: how long it was looked at, and the product it is about."""

    engaged_ms: int = 0
    products: tuple[str, ...] = ()
    product_ids: frozenset[str] = frozenset()
    rung: int = 0


def page_figures(events: Iterable[Event]) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for event in events:
        page = pages.setdefault(event["page_id"], Page())
        if event["type"] == "engagement":
            page.engaged_ms = max(page.engaged_ms, event["engaged_ms"])
        if event["type"] == "product_view":
            page.products = tuple(item_name(item) for item in event["items"])
            page.product_ids = frozenset(item["id"] for item in event["items"])
    pages.pop("", None)
    return pages


def told(event: Event, pages: Mapping[str, Page]) -> Line | None:
    """The line of one event that stands for itself; content and engagement are told elsewhere."""
    teller = TELLERS.get(event["type"])
    return teller(event, pages.get(event["page_id"], Page())) if teller else None


def page_view(event: Event, page: Page) -> Line | None:
    if page.products:
        return None  # the product view says it better
    name = clean(event["title"]) or clean(path_of(event["url"])) or "a page without a title"
    shown = Part(name, strong=True, href=web_link(event["url"]))
    return Line(event["at_ms"], (Part("Read the page "), shown, Part(spent(page.engaged_ms))), of="page")


def product_view(event: Event, page: Page) -> Line:
    names = [Part(name, strong=True) for name in page.products or [item_name(item) for item in event["items"]]]
    return Line(event["at_ms"], (Part("Looked at "), *enumerated(names), Part(spent(page.engaged_ms))), of="product", figures=tuple(page.product_ids))


def arrived(lines: list[Line]) -> list[Line]:
    """The first page or product is where the visitor came in."""
    for number, line in enumerate(lines):
        if line.of in ("page", "product"):
            opening = "Came in on the page " if line.of == "page" else "Came in on the product "
            lines[number] = replace(line, parts=(Part(opening), *line.parts[1:]))
            break
    return lines


def spent(engaged_ms: int) -> str:
    return f" for {duration(engaged_ms)}" if engaged_ms >= 1000 else ""


def path_of(url: str) -> str:
    return url.split("://", 1)[-1].partition("/")[2].partition("?")[0]


# --- content: the ladder -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Watched:
    """One content on one page; its rows are cumulative, so the highest figure counts."""

    at_ms: int
    kind: str
    content_id: str
    name: str
    page_id: str
    seen_ms: int = 0
    touches: int = 0
    touched_ms: int = 0
    clicks: int = 0

    @property
    def rung(self) -> int:
        if self.clicks:
            return 3
        if self.touches or self.touched_ms:
            return 2
        return 1 if self.seen_ms else 0


def watched(events: Iterable[Event]) -> list[Watched]:
    found: dict[tuple[str, str, str], Watched] = {}
    for event in events:
        if event["type"] != "content":
            continue
        key = (event["page_id"], event["kind"], event["content_id"])
        content = found.setdefault(key, Watched(event["at_ms"], event["kind"], event["content_id"], "", event["page_id"]))
        content.name = event["name"] or content.name
        content.at_ms = min(content.at_ms, event["at_ms"])
        for figure in ("seen_ms", "touches", "touched_ms", "clicks"):
            setattr(content, figure, max(getattr(content, figure), event[figure]))
    return list(found.values())


def content_lines(events: list[Event], pages: Mapping[str, Page]) -> list[Line]:
    """A line per content that was at least seen. Where content is the product of its own page, it is in the ladder of that line's neighbours."""
    return [content_line(content) for content in watched(events) if content.rung and content.content_id not in pages.get(content.page_id, Page()).product_ids]


def content_line(content: Watched) -> Line:
    name = clean(content.name) or clean(content.content_id) or "without a name"
    told_of = [f" for {duration(content.seen_ms)}" if content.seen_ms >= 1000 else ""]
    told_of += [", touched it"] * bool(content.touches or content.touched_ms) + [", clicked"] * bool(content.clicks)
    parts = (Part(f"Saw {NOUNS.get(content.kind, 'the content')} "), Part(name, strong=True), Part("".join(told_of)))
    return Line(content.at_ms, parts, rung=content.rung, of="content", figures=(content.kind, name))


def in_passing(lines: list[Line]) -> list[Line]:
    """Contents of one kind that were only seen, one after the other, are one line: what did not move anybody needs no line each."""
    told_of: list[Line] = []
    for line in lines:
        last = told_of[-1] if told_of else None
        if last and is_passing(last) and is_passing(line) and last.figures[0] == line.figures[0]:
            told_of[-1] = passing([*last.figures[1:], *line.figures[1:]], line.figures[0], last.at_ms)
        else:
            told_of.append(line)
    return told_of


def is_passing(line: Line) -> bool:
    return line.of == "content" and line.rung == 1


def passing(names: list[str], kind: str, at_ms: int) -> Line:
    unique = list(dict.fromkeys(names))
    noun = PLURALS.get(kind, "contents") if len(unique) > 1 else NOUNS.get(kind, "the content").removeprefix("the ")
    parts = (Part(f"Saw {len(unique)} {noun} in passing: "), Part(listed(unique, 5), strong=True))
    return Line(at_ms, parts, rung=1, of="content", figures=(kind, *names))


# --- cart and checkout ---------------------------------------------------------------------------------------------


def cart_change(event: Event, page: Page) -> Line:
    verb = {"cart_add": "in", "cart_remove": "out", "cart_set": "set"}[event["type"]]
    moves = tuple((verb, item_label(item)) for item in event["items"])
    return Line(event["at_ms"], (), mark="cart", of="cart", until_ms=event["at_ms"], figures=moves or ((verb, ""),), why=worth(event["items"]))


def worth(items: Iterable[Mapping[str, Any]]) -> str:
    known = [item for item in items if item["price"] is not None]
    currencies = {item["currency"] for item in known}
    if not known or len(currencies) > 1:
        return ""
    return money(sum((item["price"] * (item["quantity"] or 1) for item in known), Decimal(0)), currencies.pop())


def cart_parts(moves: tuple[tuple[str, str], ...]) -> tuple[Part, ...]:
    """Put A and B in, took B out again."""
    put, taken, held = ([name for verb, name in moves if verb == wanted and name] for wanted in ("in", "out", "set"))
    parts: list[Part] = []
    if held:
        parts += [Part("Set the cart to "), *names_of(held)]
    elif ("set", "") in moves:
        parts += [Part("Emptied the cart")]
    if put:
        parts += [Part(", put " if parts else "Put "), *names_of(put), Part(" in" if taken or held else " in the cart")]
    if taken:
        again = " again" if set(taken) & set(put) else ""
        parts += [Part(", took " if parts else "Took "), *names_of(taken), Part(f" out{again}" if parts else " out of the cart")]
    return tuple(parts) or (Part("Changed the cart"),)


def names_of(names: list[str]) -> list[Part]:
    return enumerated([Part(name, strong=True) for name in dict.fromkeys(names)])


def checkout(event: Event, page: Page) -> Line:
    name = clean(event["step_name"], 60) or (f"step {event['step']}" if event["step"] > 1 else "")
    return Line(event["at_ms"], (), mark="cart", of="checkout", figures=((event["step"], name),))


def checkout_parts(steps: tuple[tuple[int, str], ...]) -> tuple[Part, ...]:
    reached = [name for step, name in steps if name and name.lower() not in ("cart", "checkout", "begin")]
    opened = "Opened the checkout" if any(step <= 1 for step, _ in steps) else "Went on in the checkout"
    return (Part(f"{opened}, reached {reached[-1]}" if reached else opened),)


def together(lines: list[Line]) -> list[Line]:
    """Consecutive cart changes are one line, and so are consecutive checkout steps; what was seen in between does not part them."""
    told_of: list[Line] = []
    for line in lines:
        last = next((earlier for earlier in reversed(told_of) if earlier.of != "content"), None)
        if last and last.of == line.of == "cart" and line.at_ms - last.until_ms <= TOGETHER_MS:
            told_of[told_of.index(last)] = replace(last, until_ms=line.at_ms, figures=(*last.figures, *line.figures), why="")
        elif last and last.of == line.of == "checkout":
            told_of[told_of.index(last)] = replace(last, figures=(*last.figures, *line.figures))
        else:
            told_of.append(line)
    return [finished(line) for line in told_of]


def finished(line: Line) -> Line:
    if line.of == "cart":
        return replace(line, parts=cart_parts(line.figures))
    if line.of == "checkout":
        return replace(line, parts=checkout_parts(line.figures))
    return line


# --- orders, people, the rest --------------------------------------------------------------------------------------


def order(event: Event, page: Page) -> Line:
    names = names_of([item_label(item) for item in event["items"]])
    paid = f" for {money(event['value'], event['currency'])}" if event["value"] is not None else ""
    opening = "Ordered " if names else "Placed an order"
    said = f"order {clean(event['order_id'], 60)}" + (", told by the shop's server" if event["source"] == "server" else "")
    return Line(event["at_ms"], (Part(opening), *names, Part(paid)), mark="cart", why=said, of="order")


def order_news(event: Event, page: Page) -> Line:
    what = {"refund": "was refunded", "order_cancelled": "was cancelled", "order_updated": "was changed"}[event["type"]]
    amount = f", {money(event['value'], event['currency'])}" if event["value"] is not None else ""
    return Line(event["at_ms"], (Part("Order "), Part(clean(event["order_id"], 60), strong=True), Part(f" {what}{amount}")), of="order")


def search(event: Event, page: Page) -> Line:
    found = {None: "", 0: ", found nothing"}.get(event["results"], f", {count(event['results'] or 0, 'result')}")
    return Line(event["at_ms"], (Part("Searched for "), Part(f"“{clean(event['query'])}”", strong=True), Part(found)), of="search")


def identify(event: Event, page: Page) -> Line:
    how = props(event).get("how")
    verb = {"login": "Logged in as ", "signup": "Signed up as ", "checkout": "Gave a name at the checkout: ", "link": "Came by a personal link, as "}
    customer = clean(event["customer_id"], 80)
    return Line(event["at_ms"], (Part(verb.get(str(how), "Known from here on as ")), Part(customer, strong=True)), of="identify")


def logout(event: Event, page: Page) -> Line:
    return Line(event["at_ms"], (Part("Logged out"),), of="logout")


def consent(event: Event, page: Page) -> Line:
    said = props(event)
    purposes = said.get("purposes")
    about = f" to {listed([clean(purpose, 40) for purpose in purposes])}" if isinstance(purposes, list) and purposes else ""
    return Line(event["at_ms"], (Part(f"Said {'yes' if said.get('state') == 'granted' else 'no'}{about or ' to being observed'}"),), of="consent")


def custom(event: Event, page: Page) -> Line:
    return Line(event["at_ms"], (Part("The page told of "), Part(clean(event["name"], 80) or "something", strong=True)), of="custom")


def release(event: Event, page: Page) -> Line:
    return Line(event["at_ms"], (Part("A person here said that this is no robot"),), of="release")


TELLERS = {
    "page_view": page_view, "product_view": product_view, "search": search, "cart_add": cart_change, "cart_remove": cart_change,
    "cart_set": cart_change, "checkout": checkout, "order": order, "refund": order_news, "order_cancelled": order_news,
    "order_updated": order_news, "identify": identify, "logout": logout, "consent": consent, "custom": custom, "release": release,
}  # fmt: skip


def props(event: Event) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(event["props"])
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}


def item_name(item: Mapping[str, Any]) -> str:
    return clean(item["name"], 120) or clean(item["id"], 60) or "something without a name"


def item_label(item: Mapping[str, Any]) -> str:
    number = item["quantity"]
    return f"{item_name(item)} ×{quantity(number)}" if number is not None and number != 1 else item_name(item)


def enumerated(parts: list[Part]) -> list[Part]:
    """a, b and c, with the commas plain."""
    woven: list[Part] = []
    for number, part in enumerate(parts):
        woven += [Part(" and " if number == len(parts) - 1 else ", ")] * bool(number) + [part]
    return woven
