"""What a page's own markup says of its products: schema.org in its three spellings, Open Graph, Matomo's blocks; and content in shadow roots.

The shapes are those of the examples at schema.org/Product, /ItemList and /AggregateOffer, ogp.me and developer.matomo.org, with other goods.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.pages import Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

KETTLE = {"@context": "https://schema.org/", "@type": "Product", "sku": "K-1", "name": "Kettle", "brand": {"@type": "Brand", "name": "Clara"},
          "category": "kitchen", "offers": {"@type": "Offer", "price": "49.90", "priceCurrency": "EUR"}}  # fmt: skip
OTHER = {"@type": "Product", "sku": "K-2", "name": "Other", "url": "/other", "offers": {"price": 5, "priceCurrency": "EUR"}}
ITEM = {"id": "K-1", "name": "Kettle", "brand": "Clara", "category": "kitchen", "price": 49.9, "currency": "EUR"}
BREADCRUMBS = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": {"@id": "/kitchen", "name": "Kitchen"}}]}
H1 = "<h1>Kettle</h1>"


def linked(*things: object) -> str:
    said = (each if isinstance(each, str) else json.dumps(each) for each in things)
    return "".join(f'<script type="application/ld+json">{each}</script>' for each in said)


async def looked(visitor: Visitor) -> None:
    """Markup is read within a second; what it names is drawn, and looked at for a while; another tab has it told at once."""
    await visitor.look(1100)
    await visitor.look(5500)
    await visitor.hide()
    await visitor.hide(False)


async def settled(visitor: Visitor, recorder: Recorder) -> None:
    """Looked at, left, and all of it arrived."""
    await looked(visitor)
    await visitor.page.evaluate("tracker('custom', {name: 'last'})")
    await visitor.look(1100)
    await visitor.leave()
    await recorder.event("custom", name="last")


# --- JSON-LD --------------------------------------------------------------------------------------------------------

SPELLINGS: dict[str, list[object]] = {
    "one": [KETTLE],
    "one of several scripts": [BREADCRUMBS, KETTLE],
    "graph": [{"@context": "https://schema.org", "@graph": [BREADCRUMBS, KETTLE]}],
    "array": [[BREADCRUMBS, KETTLE]],
    "what the page is about": [{"@type": "ItemPage", "mainEntity": KETTLE}],
    "several types": [{**KETTLE, "@type": ["Product", "Book"]}],
    "full address as type": [{**KETTLE, "@type": "http://schema.org/Product"}],
    "trailing commas": [json.dumps(KETTLE).replace('"EUR"}', '"EUR" , }').removesuffix("}") + ",\n}"],
    "broken beside good": ['{"@type": "Product", "sku": ', "", "null", '"text"', "[1, null, {}]", KETTLE],
    "prices from several sellers": [{**KETTLE, "offers": {"@type": "AggregateOffer", "lowPrice": "49.90", "highPrice": 70, "priceCurrency": "EUR"}}],
    "list of offers": [{**KETTLE, "offers": [{"price": 49.9, "priceCurrency": "EUR"}, {"price": 70, "priceCurrency": "EUR"}]}],
    "price in a specification": [{**KETTLE, "offers": {"priceSpecification": {"price": 49.9, "priceCurrency": "EUR"}}}],
    "brand as text, name in a language": [{**KETTLE, "brand": "Clara", "name": {"@value": "Kettle", "@language": "en"}}],
    "related products": [{**KETTLE, "isRelatedTo": [OTHER], "isSimilarTo": OTHER}],
}


@pytest.mark.parametrize("things", SPELLINGS.values(), ids=list(SPELLINGS))
async def test_a_linked_product_is_viewed_and_its_heading_stands_for_it(web: Web, visitor: Visitor, recorder: Recorder, things: list[object]) -> None:
    await visitor.open(web.page(H1, before=linked(*things)))
    await looked(visitor)
    assert (await recorder.event("product_view"))["items"] == [ITEM]
    seen = await recorder.event("content")
    assert (seen["kind"], seen["content_id"], seen["price"], len(recorder.events("product_view"))) == ("product", "K-1", 49.9, 1)


async def test_a_linked_list_is_seen_at_its_links_and_views_nothing(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    things = {"@type": "ItemList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "item": {**KETTLE, "url": "https://elsewhere.example/kettle"}},
        {"@type": "ListItem", "position": 2, "item": OTHER},
    ]}  # fmt: skip
    body = '<h1>Kitchen</h1><a id="other" href="/other#top">not this</a> <a href="/other"><img alt="Other" width="80" height="80"></a>'
    await visitor.open(web.page(body, before=linked(things)))
    await looked(visitor)
    seen = await recorder.event("content")
    assert (seen["content_id"], seen["name"], seen["price"]) == ("K-2", "Other", 5)
    await settled(visitor, recorder)
    assert recorder.events("product_view") == []
    assert {each["content_id"] for each in recorder.events("content")} == {"K-2"}


async def test_a_price_with_a_comma_is_better_unknown_than_wrong(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(H1, before=linked({**KETTLE, "offers": {"price": "1.299,00", "priceCurrency": "EUR"}})))
    await looked(visitor)
    assert "price" not in (await recorder.event("product_view"))["items"][0]


async def test_a_single_page_shop_counts_each_visit_and_never_what_it_left_there(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    go = "([path, thing]) => { history.pushState(null, '', path); if (thing) document.querySelector('#ld').textContent = JSON.stringify(thing); }"
    await visitor.open(web.page(H1, before=linked(KETTLE).replace("<script ", '<script id="ld" ')))
    await visitor.look(2500)
    for path, thing in (("/about", None), ("/other", OTHER), ("/page", KETTLE)):
        await visitor.page.evaluate(go, [path, thing])
        await visitor.look(2500)
    await settled(visitor, recorder)
    viewed = [(batch["page"]["url"].removeprefix(web.url), each["items"][0]["id"]) for batch in recorder.batches for each in batch["events"]
              if each["type"] == "product_view"]  # fmt: skip
    assert viewed == [("/page", "K-1"), ("/other", "K-2"), ("/page", "K-1")]


async def test_a_product_seen_again_after_a_list_is_viewed_again(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    view = "dataLayer.push({event: 'view_item', ecommerce: {items: [{item_id: 'A'}]}})"
    await visitor.open(web.page("shop", before=f"<script>dataLayer = []; {view}</script>"))
    await visitor.look(1100)
    await visitor.page.evaluate("history.pushState(null, '', '/list')")
    await visitor.look(1100)
    await visitor.page.evaluate(f"history.pushState(null, '', '/page'); {view}; history.replaceState(null, '', '/page?colour=red'); {view}")
    await settled(visitor, recorder)
    assert len(recorder.events("product_view")) == 2


# --- microdata, RDFa --------------------------------------------------------------------------------------------------

MICRODATA = """<div itemscope itemtype="https://schema.org/Product" style="height:80px"><{h}><span itemprop="name">Kettle</span></{h}>
  <img itemprop="image" src="data:," alt=""> <data itemprop="sku" value="K-1">No. 1</data> <meta itemprop="category" content="kitchen">
  <span itemprop="brand" itemscope itemtype="https://schema.org/Brand"><b itemprop="name">Clara</b></span>
  <div itemprop="aggregateRating" itemscope itemtype="https://schema.org/AggregateRating"><span itemprop="name">not this</span></div>
  <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
    <i itemprop="priceCurrency" content="EUR">€</i><i itemprop="price" content="49.90">49,90</i></div>
  {more}</div>"""
RDFA = """<div vocab="https://schema.org/" typeof="Product" style="height:80px"><span property="name">Kettle</span>
  <span property="sku">K-1</span> <meta property="category" content="kitchen">
  <span property="brand" typeof="Brand"><b property="name">Clara</b></span>
  <div property="offers" typeof="Offer"><i property="priceCurrency" content="EUR">€</i><i property="price" content="49.90">49,90</i></div></div>"""
RELATED = '<div itemprop="isRelatedTo" itemscope itemtype="https://schema.org/Product"><span itemprop="name">Related</span></div>'
PREFIXED = RDFA.replace('vocab="https://schema.org/"', 'prefix="schema: https://schema.org/"').replace('typeof="', 'typeof="schema:')
SCOPES = {
    "microdata": MICRODATA.format(h="b", more=""),
    "microdata with a related product": MICRODATA.format(h="b", more=RELATED),
    "RDFa": RDFA,
    "RDFa with a prefix": PREFIXED.replace('property="', 'property="schema:'),
}


@pytest.mark.parametrize("body", SCOPES.values(), ids=list(SCOPES))
async def test_a_scope_is_a_product_seen_and_viewed(web: Web, visitor: Visitor, recorder: Recorder, body: str) -> None:
    await visitor.open(web.page(body))
    await looked(visitor)
    assert (await recorder.event("product_view"))["items"] == [ITEM]
    seen = await recorder.event("content", content_id="K-1")
    assert (seen["kind"], seen["name"], len(recorder.events("product_view"))) == ("product", "Kettle", 1)


async def test_in_a_list_of_scopes_each_is_seen_and_the_one_with_the_heading_is_viewed(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    scope = '<div itemscope itemtype="http://schema.org/Product" style="height:30px"><b itemprop="name">{}</b></div>'
    await visitor.open(web.page(MICRODATA.format(h="h1", more="") + "".join(scope.format(name) for name in ("a", "b"))))
    await looked(visitor)
    await recorder.until(lambda r: {each["content_id"] for each in r.events("content")} == {"K-1", "a", "b"})
    web.page("".join(scope.format(name) for name in ("a", "b")), "/list")
    await visitor.open(web.url + "/list")
    await settled(visitor, recorder)
    assert [each["items"][0]["id"] for each in recorder.events("product_view")] == ["K-1"]


async def test_a_product_in_a_promotion_counts_for_both(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(f'<section data-track="promotion" data-track-id="spring">{MICRODATA.format(h="b", more="")}</section>'))
    await visitor.look(1100)
    await visitor.page.click("b")
    await looked(visitor)
    await recorder.event("content", kind="promotion", content_id="spring", clicks=1)
    await recorder.event("content", kind="product", content_id="K-1", clicks=1)


# --- Open Graph, Matomo ---------------------------------------------------------------------------------------------

GRAPH = "".join(f'<meta property="{name}" content="{value}">' for name, value in [
    ("og:type", "product"), ("og:title", "Kettle"), ("og:url", "https://shop.example/k"),
    ("product:retailer_item_id", "K-1"), ("product:brand", "Clara"),
    ("product:category", "kitchen"), ("product:sale_price:amount", "39"), ("product:price:amount", "49.90"), ("product:price:currency", "EUR"),
])  # fmt: skip


async def test_open_graph_is_read_where_there_is_nothing_else(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(H1, before=GRAPH))
    await looked(visitor)
    assert (await recorder.event("product_view"))["items"] == [ITEM]
    await visitor.open(web.page(H1, "/both", before=GRAPH.replace("K-1", "OG-1") + linked(OTHER)))
    await looked(visitor)
    await recorder.until(lambda r: [each["items"][0]["id"] for each in r.events("product_view")] == ["K-1", "K-2"])
    await visitor.open(web.page(H1, "/article", before=GRAPH.replace('"product"', '"article"')))
    await settled(visitor, recorder)
    assert len(recorder.events("product_view")) == 2


@pytest.mark.parametrize("block", ["data-track-content", 'class="big matomoTrackContent"', 'class="piwikTrackContent"'])
async def test_a_matomo_block_is_a_promotion(web: Web, visitor: Visitor, recorder: Recorder, block: str) -> None:
    inner = f'<div {block}><span data-content-name="Summer"><img data-content-piece alt="" width="50" height="50"></span></div>'
    await visitor.open(web.page(inner + f'<a href="#x" {block} data-content-name="Winter" data-content-target="/w">Winter</a>'))
    await looked(visitor)
    await recorder.event("content", kind="promotion", content_id="Summer", name="Summer")
    await recorder.event("content", kind="promotion", content_id="Winter")
    await visitor.page.click("a")
    await looked(visitor)
    await recorder.event("content", content_id="Winter", clicks=1)


# --- precedence -----------------------------------------------------------------------------------------------------

TAGGED = '<main data-track="product" data-track-view data-track-id="{id}" data-track-price="{price}">{inside}</main>'


async def test_what_is_tagged_wins_and_a_price_that_differs_is_noted_once(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(TAGGED.format(id="K-1", price="59.90", inside=H1), before=linked(KETTLE)))
    await visitor.look(2500)
    await visitor.page.evaluate(f"document.head.insertAdjacentHTML('beforeend', {linked(KETTLE)!r})")
    await settled(visitor, recorder)
    assert [each["items"][0]["price"] for each in recorder.events("product_view")] == [59.9]
    assert {each["price"] for each in recorder.events("content")} == {59.9}
    assert [batch["notes"] for batch in recorder.batches if "notes" in batch] == [{"price_differs": 1}]


async def test_the_same_price_in_another_spelling_is_no_contradiction(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(TAGGED.format(id="K-1", price="49.9", inside=H1), before=linked(KETTLE)))
    await settled(visitor, recorder)
    assert len(recorder.events("product_view")) == 1
    assert [batch for batch in recorder.batches if "notes" in batch] == []


async def test_inside_a_tagged_product_nothing_else_is_a_product(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(TAGGED.format(id="own", price="1", inside=H1 + MICRODATA.format(h="b", more="")), before=linked(KETTLE)))
    await settled(visitor, recorder)
    assert {each["content_id"] for each in recorder.events("content")} == {"own"}
    assert [each["items"][0]["id"] for each in recorder.events("product_view")] == ["own"]


async def test_the_first_source_that_names_a_product_is_read(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page(H1 + MICRODATA.format(h="b", more="").replace("K-1", "micro"), before=linked(KETTLE) + GRAPH))
    await visitor.look(2500)
    await visitor.page.evaluate("document.body.append('changed')")
    await settled(visitor, recorder)
    assert [each["items"][0]["id"] for each in recorder.events("product_view")] == ["K-1"]
    assert {each["content_id"] for each in recorder.events("content")} == {"K-1"}


# --- shadow roots -----------------------------------------------------------------------------------------------------

CARD: dict[str, Any] = {
    "late": "<div data-track=product data-track-id=late style=height:50px>late</div>",
    "inner": "<div data-track=product data-track-id=X1 style=height:50px><slot></slot><button data-track-action=cart_add><b>Add</b></button></div>"
    "<x-deep></x-deep>",
}
ELEMENTS = f"""<script>
  for (const [name, html] of [['x-card', {CARD["inner"]!r}], ['x-deep', '<i data-track=promotion data-track-id=deep>deep</i>']])
    customElements.define(name, class extends HTMLElement {{ constructor() {{ super(); this.attachShadow({{mode: 'open'}}).innerHTML = html; }} }});
</script>"""


async def test_content_in_open_shadow_roots_is_seen_clicked_and_bought(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page('<section data-track="promotion" data-track-id="around"><x-card>Card</x-card></section>', before=ELEMENTS))
    await looked(visitor)
    await recorder.event("content", kind="product", content_id="X1")
    await recorder.event("content", kind="promotion", content_id="deep")
    await visitor.page.click("x-card b")
    assert (await recorder.event("cart_add"))["items"] == [{"id": "X1"}]
    await looked(visitor)
    await recorder.event("content", content_id="X1", clicks=1)
    await recorder.event("content", content_id="around", clicks=1)


async def test_what_comes_later_into_a_shadow_root_is_seen_too(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    await visitor.open(web.page("shop", before=ELEMENTS))
    await visitor.look(1100)
    await visitor.page.evaluate("document.body.append(document.createElement('x-card'))")
    await visitor.look(1100)
    await visitor.page.evaluate(f"document.querySelector('x-card').shadowRoot.firstChild.insertAdjacentHTML('afterend', {CARD['late']!r})")
    await looked(visitor)
    await recorder.event("content", content_id="late")
    await visitor.page.evaluate("history.pushState(null, '', '/next')")
    await looked(visitor)
    await recorder.until(lambda r: any(b["page"]["url"].endswith("/next") and '"late"' in json.dumps(b) for b in r.batches))
