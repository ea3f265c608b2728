"""An API over the shared database, with a clock that stands still and a spool that is a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette

from profiles import openapi
from profiles.api import OPERATIONS
from profiles.app import create_app
from profiles.deps import Deps
from profiles.login import Logins
from tests.profiles.samples import FixedClock
from tracker.errors import SpoolFull
from tracker.ledger import Tally
from tracker.registry import SCOPES, Registry
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store

LOCAL_TOKEN = "the-owner-of-this-machine"


@dataclass
class Spool:
    lines: list[bytes] = field(default_factory=list)
    tally: Tally = field(default_factory=Counter)
    full: bool = False

    async def append(self, rows: list[bytes], tally: Tally) -> None:
        if self.full:
            raise SpoolFull("The spool is full")
        self.lines += rows
        self.note(tally)

    def note(self, tally: Tally) -> None:
        self.tally.update(tally)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.lines]


@dataclass
class Caller:
    """Calls the app as a client would, without a network between."""

    portal: BlockingPortal
    app: Starlette

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://admin") as client:
                return await client.request(method, path, **options)

        return self.portal.call(ask)


@dataclass
class Api:
    """One site, and the key of its owner. Every good answer is held against the schema that is served for it."""

    client: Caller
    deps: Deps
    site: Site
    key: str
    clock: FixedClock
    spool: Spool

    def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"} | options.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **options)
        hold(method, path, answer)
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.call("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


DOCUMENT = openapi.document(OPERATIONS)


def hold(method: str, path: str, answer: Any) -> None:
    """Against the OpenAPI document: the status is announced there, and the body is what it says."""
    if not answer.headers["content-type"].startswith("application/json") or not path.startswith("/v1/"):
        return
    known = next((DOCUMENT["paths"][name].get(method.lower()) for name in DOCUMENT["paths"] if fits(name, path.partition("?")[0])), None)
    if known is None:
        assert answer.status_code in (404, 405)
        return
    told = known["responses"][str(answer.status_code)]
    if "content" in told:
        schema = told["content"]["application/json"]["schema"] | {"components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(answer.json())


def fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(part == has or part.startswith("{") for part, has in zip(parts, given, strict=True))


@pytest.fixture(scope="session")
def registry(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(store, tmp_path_factory.mktemp("registry"), FixedClock())


@pytest.fixture
def api_of(store: Store, registry: Registry, tmp_path: Path) -> Iterator[Any]:
    with apis(store, registry, tmp_path) as made:
        yield made


@contextmanager
def apis(store: Store, registry: Registry, tmp_path: Path) -> Iterator[Callable[[Site], Api]]:
    """Makes an Api for a site; the sites of one test share the app."""
    clock, spool = FixedClock(), Spool()
    deps = Deps(
        store=store, registry=registry, settings=Settings(data=tmp_path), clock=clock, append=spool.append, note=spool.note,
        login=Logins(tmp_path / "logins.json", clock), local_token=LOCAL_TOKEN, spools=[tmp_path / "spool"],
    )  # fmt: skip

    with start_blocking_portal() as portal:
        client = Caller(portal, create_app(deps))

        def made(site: Site) -> Api:
            registry.add_site(site.name, site.origins)
            return Api(client, deps, registry.site(site.name), registry.create_key(site.name, SCOPES), clock, spool)

        yield made


@pytest.fixture
def api(api_of: Any, site: Site) -> Api:
    made: Api = api_of(site)
    return made
