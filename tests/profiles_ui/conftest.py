"""The pages over a real database: an app of the pages alone, a world of one site, a browser that is logged in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from profiles import pages
from profiles.deps import Deps
from profiles.login import Logins
from tests.profiles_ui.world import Clock, World
from tracker.ledger import Tally
from tracker.registry import Registry
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store

BASE = "http://admin.test:8001"
SAME = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """Keeps its cookies, follows nothing by itself."""

    def __init__(self, app: Starlette, base: str) -> None:
        self.app = app
        self.base = base
        self.cookies = httpx.Cookies()

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("GET", path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("POST", path, **sent)

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, **sent))

    async def _request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.base, cookies=self.cookies) as client:
            response = await client.request(method, path, **sent)
            self.cookies = client.cookies
            return response


@dataclass(frozen=True)
class House:
    """The running pages and what a test may reach for."""

    app: Starlette
    deps: Deps
    logins: Logins
    clock: Clock
    site: Site

    def browser(self, base: str = BASE) -> Browser:
        return Browser(self.app, base)

    def by_link(self, base: str = BASE) -> Browser:
        """A local admin at the site of this test."""
        browser = self.browser(base)
        assert browser.get("/login", params={"token": self.logins.issue()}).status_code == 303
        browser.post("/switch", data={"site": self.site.name}, headers=SAME)
        return browser

    def by_key(self, scopes: tuple[str, ...] = ("read",), site: str = "") -> Browser:
        browser = self.browser()
        key = self.deps.registry.create_key(site or self.site.name, scopes)
        assert browser.post("/login", data={"key": key}, headers=SAME).status_code == 303
        return browser


@pytest.fixture(scope="session")
def registry(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(store, tmp_path_factory.mktemp("registry"), Clock())


@pytest.fixture
def house(store: Store, registry: Registry, tmp_path: Path, site: Site) -> House:
    clock = Clock()
    registry.clock = clock
    made = registry.add_site(site.name, ["https://shop.example"], timezone="Europe/Berlin")
    logins = Logins(tmp_path / "logins.json", clock)

    async def append(rows: list[bytes], tally: Tally) -> None:
        store.insert("events", b"\n".join(rows))

    deps = Deps(store=store, registry=registry, settings=Settings(data=tmp_path), clock=clock, append=append, note=lambda tally: None, login=logins)
    app = Starlette(routes=pages.routes())
    app.state.deps = deps
    return House(app, deps, logins, clock, made)


@pytest.fixture
def world(store: Store, house: House) -> World:
    return World(store, house.site.name)


@pytest.fixture
def admin(house: House) -> Browser:
    return house.by_link()


Ask = Callable[[str], str]


@pytest.fixture
def page(admin: Browser) -> Ask:
    """The text of a page that answers 200."""

    def ask(path: str) -> str:
        response = admin.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text[:500]}"
        return response.text

    return ask
