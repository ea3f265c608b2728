"""Who may ask what: two sites and three people — the owner, somebody with too small a key, a stranger from another site."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.api import OPERATIONS
from tests.profiles.conftest import LOCAL_TOKEN, Api
from tests.profiles.samples import DAY_MS, ago, cart, customer, put, session, visitor
from tracker.registry import SCOPES
from tracker.sites import Site
from tracker.store import Store

NAMES = {"{session_id}": "s-1", "{cart_id}": "k-1", "{visitor_id}": "v-1", "{customer_id}": "c-1"}


def path_of(template: str) -> str:
    for placeholder, name in NAMES.items():
        template = template.replace(placeholder, name)
    return template


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_without_a_good_key_there_is_no_answer(api: Api, operation: Any) -> None:
    path = path_of(operation.path)
    short = api.deps.registry.create_key(api.site.name, [scope for scope in SCOPES if scope != operation.scope])
    body = {"content": b"{}"} if operation.body else {}
    assert api.client.request(operation.method, path, **body).status_code == 401
    assert api.call(operation.method, path, key=api.site.site_key, **body).json()["error"]["code"] == "key_public"
    assert api.call(operation.method, path, key=api.key[:-1] + "!", **body).status_code == 401
    refused = api.call(operation.method, path, key=short, **body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope_missing")
    assert f"`{operation.scope}`" in refused.json()["error"]["message"]


def test_another_sites_key_finds_nothing_of_this_site(api: Api, api_of: Any, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(30), customer_id="c-1")])
    put(store, "carts", [cart(api.site, "k-1", ago(300), customer_id="c-1")])
    put(store, "customers", [customer(api.site, "c-1")])
    put(store, "visitors", [visitor(api.site, "v-1")])
    stranger = api_of(Site(name=f"{api.site.name}-b", site_key="", origins=("https://other.example",)))
    for operation in OPERATIONS:
        path = path_of(operation.path)
        if path == operation.path:
            continue
        if operation.method == "GET":
            assert api.call("GET", path).status_code == 200, path
        if operation.method in ("GET", "DELETE"):
            assert stranger.call(operation.method, path).status_code == 404, path
    for path in ("/v1/sessions", "/v1/carts"):
        assert len(api.get(path)["data"]) == 1
        assert stranger.get(path)["data"] == []
        assert stranger.get(path, visitor_id="v-1", customer_id="c-1")["data"] == []
    assert api.call("GET", "/v1/customers/c-1").status_code == 200


def test_a_revoked_and_an_expired_key_are_refused_from_then_on(api: Api) -> None:
    expiring = api.deps.registry.create_key(api.site.name, ["read"], expires_at=api.clock.now_ms() + DAY_MS)
    other = api.deps.registry.create_key(api.site.name, ["read"])
    assert api.call("GET", "/v1/carts", key=expiring).status_code == 200
    registry_clock: Any = api.deps.registry.clock
    registry_clock.at_ms += DAY_MS
    try:
        assert api.call("GET", "/v1/carts", key=expiring).status_code == 401
    finally:
        registry_clock.at_ms -= DAY_MS
    api.deps.registry.revoke(other[:11])
    assert api.call("GET", "/v1/carts", key=other).status_code == 401
    assert api.call("GET", "/v1/carts").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "Bearer ", "Bearer sk_", "Bearer sk_" + "a" * 49, "Bearer \u00e9"])
def test_a_header_that_is_no_key_is_a_401(api: Api, header: str) -> None:
    answer = api.client.request("GET", "/v1/carts", headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_in_the_address_opens_nothing(api: Api) -> None:
    assert api.client.request("GET", f"/v1/carts?key={api.key}").status_code == 401


def test_the_command_line_of_this_machine_reaches_the_registry(api: Api) -> None:
    def command(path: str, body: Any = None) -> Any:
        return api.call("POST", f"/internal/{path}", key=LOCAL_TOKEN, json=body or {})

    name = f"{api.site.name}-new"
    added = command("site/add", {"name": name, "origins": ["https://new.example"]}).json()
    assert list(added) == ["site", "site_key", "api_key"]
    assert api.call("GET", "/v1/carts", key=added["api_key"]).status_code == 200
    assert command("site/set", {"name": name, "cart_cutoff_s": "1200"}).json()["cart_cutoff_s"] == 1200
    refused = command("site/add", {"name": name, "origins": ["https://new.example"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_input")
    made = command("key/create", {"site": name, "scopes": ["read"]}).json()
    assert command("key/revoke", {"key_id": made["key_id"]}).json() == {"revoked": made["key_id"]}
    assert name in [site["name"] for site in api.call("GET", "/internal/sites", key=LOCAL_TOKEN).json()]
    keys = api.call("GET", f"/internal/keys?site={name}", key=LOCAL_TOKEN).json()
    assert [key["scopes"] for key in keys] == [list(SCOPES[:-1])]
    assert len(command("login-link").json()["token"]) > 30
    assert command("site/remove", {"name": name}).json() == {"removed": name}
    assert api.call("GET", "/v1/carts", key=added["api_key"]).status_code == 401


@pytest.mark.parametrize("path", ["site/add", "site/remove", "key/create", "login-link"])
def test_nobody_else_reaches_the_registry(api: Api, path: str) -> None:
    for key in (api.key, "", "x", "\u00e9"):
        answer = api.client.request("POST", f"/internal/{path}", headers={"Authorization": f"Bearer {key}".encode()}, content=b"{")
        assert answer.status_code == 401


def test_a_command_that_cannot_be_done_says_why(api: Api) -> None:
    for body in (b"{", b"[]", b'{"nam":"x"}', b'{"name":"Bad Name","origins":["https://x.example"]}'):
        answer = api.call("POST", "/internal/site/add", key=LOCAL_TOKEN, content=body)
        assert answer.status_code == 400, answer.text
