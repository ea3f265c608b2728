"""A rendered page, taken apart: what a test of safety looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from profiles.views.words import NBSP

VOID = {"meta", "link", "input", "rect", "br", "img", "hr"}


@dataclass
class Markup(HTMLParser):
    """Tags with their attributes, the text between them, and what was left open."""

    source: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.inside, f"</{tag}> closes nothing"
        assert self.inside[-1] == tag, f"</{tag}> closes <{self.inside[-1]}>"
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in ("script", "style"):
            assert not data.strip(), f"inline {self.inside[-1]}: {data[:60]}"
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def hrefs(self) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == "a"]


def assert_harmless(source: str) -> Markup:
    """Well-formed; no inline script, style or handler; links go inside, or outside by http(s) and say so."""
    page = Markup(source)
    assert page.inside == [], f"left open: {page.inside}"
    for tag, attributes in page.tags:
        assert tag in ALLOWED, f"<{tag}>"
        assert "style" not in attributes, f"inline style on <{tag}>"
        assert not [name for name in attributes if name.startswith(("on", "hx-on"))], f"handler on <{tag}>"
        if tag == "script":
            assert attributes["src"].startswith(("/static/vendor/", "/static/editor.js?"))
    for link in page.hrefs():
        parts = urlsplit(link["href"])
        assert parts.scheme in ("", "http", "https"), link
        if parts.netloc:
            assert link.get("rel") == "noopener noreferrer nofollow", link
    return page


def words(source: str) -> str:
    """What a harmless page says, on one line."""
    return assert_harmless(source).words.replace(NBSP, " ")


ALLOWED = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "div", "form", "label", "select", "option", "button", "span",
    "main", "fieldset", "legend",
    "h1", "h2", "h3", "p", "dl", "dt", "dd", "small", "table", "caption", "thead", "tbody", "tr", "th", "td", "time", "b", "i", "ul", "ol",
    "li", "section", "aside", "details", "summary", "svg", "rect", "input", "pre", "code", "noscript",
}  # fmt: skip
