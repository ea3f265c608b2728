"""The inspector's token and the route that asks for it: good for one site and half an hour, worth nothing otherwise."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.profiles_ui.world import Clock
from tracker import inspection, scrub
from tracker.collector import Collector
from tracker.inspection import VALID_MS, is_valid, make_secret, pass_for, secret_of
from tracker.settings import Settings
from tracker.sites import Site, SiteBook, write_site_file

SHOP = Site(name="shop", site_key="pk_shop", origins=("https://shop.example",))
OTHER = Site(name="other", site_key="pk_other", origins=("https://other.example",))
NOW_MS = 1_800_000_000_000


@pytest.fixture
def sites(tmp_path: Path) -> SiteBook:
    write_site_file(tmp_path / "sites.json", (SHOP, OTHER))
    return SiteBook(tmp_path / "sites.json")


def token(secret: bytes, site: Site = SHOP, at_ms: int = NOW_MS) -> str:
    return f"{site.site_key},{pass_for(site, secret, at_ms)}"


def test_a_token_is_good_for_half_an_hour(tmp_path: Path, sites: SiteBook) -> None:
    secret = make_secret(tmp_path)
    given = token(secret)
    assert is_valid(given, sites, secret, NOW_MS)
    assert is_valid(given, sites, secret, NOW_MS + VALID_MS - 1)
    assert not is_valid(given, sites, secret, NOW_MS + VALID_MS)


def test_a_token_of_one_site_opens_no_other(tmp_path: Path, sites: SiteBook) -> None:
    secret = make_secret(tmp_path)
    assert not is_valid(token(secret).replace("pk_shop", "pk_other"), sites, secret, NOW_MS)
    assert not is_valid(token(secret, Site(name="gone", site_key="pk_gone")), sites, secret, NOW_MS)


FORGED = "pk_shop," + "1" * 13 + "." + "0" * 64


@pytest.mark.parametrize("given", ["", ",", "pk_shop", "pk_shop,", "pk_shop,1.ab", FORGED, "é,", "\x00", "pk_shop,9" + "9" * 5000])
def test_what_is_no_token_opens_nothing(tmp_path: Path, sites: SiteBook, given: str) -> None:
    assert not is_valid(given, sites, make_secret(tmp_path), NOW_MS)


def test_a_longer_life_cannot_be_written_into_a_token(tmp_path: Path, sites: SiteBook) -> None:
    secret = make_secret(tmp_path)
    assert not is_valid(token(secret).replace(str(NOW_MS + VALID_MS), str(NOW_MS + 2 * VALID_MS)), sites, secret, NOW_MS)
    assert not is_valid(token(secret, at_ms=NOW_MS + 1), sites, secret, NOW_MS)


def test_without_a_secret_nothing_is_valid(tmp_path: Path, sites: SiteBook) -> None:
    assert secret_of(tmp_path) == b""
    assert not is_valid(token(b""), sites, secret_of(tmp_path), NOW_MS)
    (tmp_path / inspection.FILE).write_bytes(b"cut off")
    assert not is_valid(token(b"cut off"), sites, secret_of(tmp_path), NOW_MS)


def test_the_secret_stays_and_is_for_the_tracker_alone(tmp_path: Path) -> None:
    assert make_secret(tmp_path) == make_secret(tmp_path) == secret_of(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_size] == [inspection.FILE], "and an empty lock"


def ask(collector: Collector, given: str) -> httpx.Response:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(collector), base_url="http://collector.test") as client:
            return await client.get(f"/t/inspect.js?{given}")

    return asyncio.run(get())


def test_the_script_is_served_for_a_valid_token_and_kept_by_nobody(tmp_path: Path, sites: SiteBook) -> None:
    clock = Clock()
    collector = Collector(Settings(data=tmp_path), clock)
    served = ask(collector, token(make_secret(tmp_path), at_ms=clock.now_ms()))
    assert served.status_code == 200
    assert served.headers["content-type"].startswith("text/javascript")
    assert served.headers["cache-control"] == "no-store"
    assert b"attachShadow" in served.content


@pytest.mark.parametrize("given", ["", "nonsense", FORGED])
def test_without_a_valid_token_there_is_no_script(tmp_path: Path, sites: SiteBook, given: str) -> None:
    make_secret(tmp_path)
    refused = ask(Collector(Settings(data=tmp_path), Clock()), given)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "inspection_refused")
    assert refused.headers["cache-control"] == "no-store"
    assert "Install page" in refused.json()["error"]["message"]


def test_a_token_left_in_an_address_does_not_reach_the_disk() -> None:
    address = f"https://shop.example/p?a=1&{inspection.PARAMETER}={pass_for(SHOP, b'x', NOW_MS)}"
    assert scrub.url(address) == f"https://shop.example/p?a=1&{inspection.PARAMETER}=[removed]"
