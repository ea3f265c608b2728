"""data-cookie-domain: the hosts of a shop know the same visitor and the same answer about consent, by a cookie the tag keeps."""

from __future__ import annotations

import pytest

from tests.browser.pages import Json, Recorder, Visitor, Web

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHARED = 'data-cookie-domain="shop.localhost"'


def at(web: Web, host: str, tag: str = SHARED) -> str:
    """The page's address at this host; every name below localhost is this machine."""
    return web.page("Hello", tag=tag).replace("127.0.0.1", f"{host}.localhost")


async def cookies(visitor: Visitor) -> dict[str, Json]:
    return {str(each["name"]): dict(each) for each in await visitor.page.context.cookies()}


async def visitor_at(visitor: Visitor, recorder: Recorder, address: str) -> str | None:
    await visitor.open(address)
    await visitor.page.evaluate("name => tracker('order', {order_id: name})", address)
    await recorder.event("order", order_id=address)
    return next(batch.get("visitor") for batch in recorder.batches for event in batch["events"] if event.get("order_id") == address)


async def test_the_hosts_of_a_shop_know_the_same_visitor(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    first = await visitor_at(visitor, recorder, at(web, "www.shop"))
    assert first is not None
    assert await visitor_at(visitor, recorder, at(web, "shop")) == first
    kept = (await cookies(visitor))["tracker.visitor"]
    assert (kept["value"], kept["domain"], kept["path"], kept["sameSite"]) == (first, ".shop.localhost", "/", "Lax")


async def test_without_it_each_host_keeps_to_itself(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    first = await visitor_at(visitor, recorder, at(web, "www.shop", tag=""))
    assert await visitor_at(visitor, recorder, at(web, "shop", tag="")) not in (None, first)
    assert await cookies(visitor) == {}


async def test_the_cookie_is_not_renewed(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    first = await visitor_at(visitor, recorder, at(web, "shop"))
    before = await cookies(visitor)
    assert before["tracker.visitor"]["expires"] > 0
    await visitor.page.clock.run_for(86_400_000)
    assert await visitor_at(visitor, recorder, at(web, "shop") + "?again") == first
    assert await cookies(visitor) == before


async def test_who_refuses_is_forgotten_at_every_host(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    assert await visitor_at(visitor, recorder, at(web, "www.shop"))
    await visitor.page.evaluate("tracker('consent', 'denied')")
    kept = await cookies(visitor)
    assert {name: cookie["value"] for name, cookie in kept.items()} == {"tracker.consent": "denied"}
    assert await visitor_at(visitor, recorder, at(web, "shop")) is None


async def test_a_domain_that_is_not_the_pages_is_no_harm(web: Web, visitor: Visitor, recorder: Recorder) -> None:
    tag = 'data-cookie-domain="elsewhere.example"'
    first = await visitor_at(visitor, recorder, at(web, "shop", tag=tag))
    assert first is not None
    assert await visitor_at(visitor, recorder, at(web, "shop", tag=tag) + "?again") == first
    assert await cookies(visitor) == {}
