"""How the tag is served: packed, cached, pinned; and what a page gets that pins a tag of another release."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

import snippet
from tracker.tag_files import encodings, tag_routes

TAG = snippet.tag()
OLD = snippet.made(b"console.log('the tag of 0.0.9')", "0.0.9-" + snippet.short(b"console.log('the tag of 0.0.9')"))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Of a server that knows the newest tag and one of an earlier release."""
    app = Starlette(routes=tag_routes({OLD.name: OLD, TAG.name: TAG}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t", headers={"Accept-Encoding": "identity"}) as client:
        yield client


async def test_the_newest_is_kept_for_an_hour_and_then_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/t.js")
    assert (answer.content, answer.headers["cache-control"]) == (TAG.body, "public, max-age=3600")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*", "integrity needs it"
    for asked in (TAG.etag, TAG.etag.removeprefix("W/"), f'"else", {TAG.etag}'):
        again = await client.get("/t.js", headers={"If-None-Match": asked})
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", "Accept-Encoding")
    assert (await client.get("/t.js", headers={"If-None-Match": OLD.etag})).status_code == 200


@pytest.mark.parametrize("path", ["/t.js", f"/t/{TAG.name}.js"])
@pytest.mark.parametrize(("accept", "encoding", "length"), [
    ("gzip, deflate, br, zstd", "br", len(TAG.brotli)), ("gzip", "gzip", len(TAG.gzip)), ("br;q=0, gzip;q=0.1", "gzip", len(TAG.gzip)),
    ("identity", "", len(TAG.body)), ("", "", len(TAG.body)), ("brotli", "", len(TAG.body)),
])  # fmt: skip
async def test_it_comes_packed_as_the_browser_can_unpack_it(client: httpx.AsyncClient, path: str, accept: str, encoding: str, length: int) -> None:
    async with client.stream("GET", path, headers={"Accept-Encoding": accept}) as answer:
        assert (answer.headers.get("content-encoding", ""), int(answer.headers["content-length"])) == (encoding, length)
        assert answer.headers["vary"] == "Accept-Encoding"
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert raw == {"br": TAG.brotli, "gzip": TAG.gzip, "": TAG.body}[encoding]
    if encoding == "gzip":
        assert gzip.decompress(raw) == TAG.body


async def test_a_page_that_pins_a_tag_of_an_earlier_release_gets_that_very_file(client: httpx.AsyncClient) -> None:
    for tag in (TAG, OLD):
        answer = await client.get(f"/t/{tag.name}.js")
        assert (answer.content, answer.headers["cache-control"]) == (tag.body, "public, max-age=31536000, immutable")
        assert tag.sri == "sha384-" + base64.b64encode(hashlib.sha384(answer.content).digest()).decode()


async def test_a_pinned_tag_that_nobody_kept_is_the_newest_and_is_asked_for_each_time(client: httpx.AsyncClient) -> None:
    answer = await client.get("/t/0.0.1-0123456789ab.js")
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, TAG.body, "no-cache")


@pytest.mark.parametrize("name", ["nothing", "0.0.1", "0.0.1-0123456789AB", "0.0.1-0123456789abc", "latest"])
async def test_what_never_was_the_name_of_a_tag_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/t/{name}.js")).status_code == 404


def test_what_a_browser_can_unpack_is_read_from_its_header() -> None:
    assert encodings("gzip, br;q=0.5, zstd;q=0, deflate ; q=0.000, identity;q=1") == {"gzip", "br", "identity"}
