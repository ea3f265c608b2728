"""Install: the line to paste, and whether it works."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response

from profiles.views import ask
from profiles.views.coverage import Coverage, coverage
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.words import ago, clean, moment
from snippet import tag

HEARD_MAX = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """One event that arrived."""

    type: str
    page: str
    at_ms: int
    visitor_id: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret key that is none any more."""

    key_id: str
    when: str


@dataclass(frozen=True, slots=True)
class HeardContext:
    heard: list[Heard] = field(metadata=shown("the latest events, the newest first; empty = nothing within a week"))
    sentence: str = field(metadata=shown("whether events arrive, as a sentence"))


@dataclass(frozen=True, slots=True)
class InstallContext:
    tag: str = field(metadata=shown("the line to paste"))
    tag_pinned: str = field(metadata=shown("the same for one version of the tag, with its fingerprint (SRI)"))
    product: str = field(metadata=shown("how a product is marked, to copy"))
    promotion: str = field(metadata=shown("how a promotion is marked, to copy"))
    calls: str = field(metadata=shown("the JavaScript calls for log-in and order, to copy"))
    origins: list[str] = field(metadata=shown("where events may come from"))
    public_url: str = field(metadata=shown("address of the collector as browsers see it"))
    site_name: str = field(metadata=shown("name of the site"))
    heard: list[Heard] = field(metadata=shown("the latest events, the newest first"))
    sentence: str = field(metadata=shown("whether events arrive, as a sentence"))
    leaks: list[Leak] = field(metadata=shown("secret keys of this site that were sent to the public door"))
    coverage: Coverage | None = field(metadata=shown("what the pages told in the last days and what is wrong; None = nothing to show"))


PRODUCT = """<article data-track="product" data-track-id="X1" data-track-name="Espresso X1"
         data-track-category="kitchen/coffee" data-track-price="199.90" data-track-currency="EUR">
  …
  <button data-track-action="cart_add" data-track-quantity="1">Add to cart</button>
</article>"""
PROMOTION = """<section data-track="promotion" data-track-id="autumn" data-track-name="Autumn −15 %"> … </section>"""
CALLS = """tracker('identify', {customer_id: 'C-20418', how: 'login'})
tracker('order', {order_id: '1001', value: 199.90, currency: 'EUR', items: [{id: 'X1', quantity: 1, price: 199.90}]})"""


def install(call: Call) -> Response:
    site, url = call.shop, public_url(call)
    heard = heard_context(call)
    context = InstallContext(
        tag=tag_line(url, site.site_key),
        tag_pinned=pinned_line(url, site.site_key),
        product=PRODUCT,
        promotion=PROMOTION,
        calls=CALLS,
        origins=list(site.origins),
        public_url=url,
        site_name=site.name,
        heard=heard.heard,
        sentence=heard.sentence,
        leaks=leaks(call),
        coverage=coverage(call),
    )
    return render(call, "install.html", context)


def tag_line(url: str, site_key: str) -> str:
    return f'<script async src="{url}/t.js" data-site="{site_key}"></script>'


def pinned_line(url: str, site_key: str) -> str:
    """The same for this very file; the browser refuses any other."""
    pinned = f'integrity="{tag().sri}" crossorigin="anonymous"'
    return f'<script async src="{url}/t/{tag().name}.js" {pinned} data-site="{site_key}"></script>'


def leaks(call: Call) -> list[Leak]:
    registry, zone = call.deps.registry, call.shop.timezone
    leaked = registry.leaked()
    return [Leak(key.key_id, moment(leaked[key.key_id], call.now_ms, zone)) for key in registry.keys(call.shop.name) if key.key_id in leaked]


def install_part(call: Call) -> Response:
    return render(call, "_heard.html", heard_context(call))


def heard_context(call: Call) -> HeardContext:
    rows = ask.rows(call, "page_heard", limit=HEARD_MAX)
    heard = [Heard(row["type"].replace("_", " "), clean(row["url"], 80), row["received_ms"], row["visitor_id"]) for row in rows]
    sentence = f"The latest event came {ago(heard[0].at_ms, call.now_ms)}" if heard else "We have not heard anything from your pages yet"
    return HeardContext(heard, sentence)


def public_url(call: Call) -> str:
    settings = call.deps.settings
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - a comparison, nothing is bound here
    found: str = settings.public_url or f"http://{host}:{settings.port}"
    return found.rstrip("/")
