"""Keys where they do not belong, keys that change, over the whole product (docs/guarantees.md, no. 57 and 67)."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.product import PATIENCE_S, Product, Shop, tracker, until


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    running = Product(tmp_path_factory.mktemp("product"), "--demo")
    yield running
    assert running.stop() == 0, "\n".join(running.said)


@pytest.fixture(scope="module")
def shop(product: Product) -> Iterator[Shop]:
    shop = Shop(product, f"shop-{uuid.uuid4().hex[:8]}")
    yield shop
    shop.close()


def view() -> dict[str, str]:
    return {"id": str(uuid.uuid4()), "type": "page_view", "url": "https://shop.example/"}


def sent(shop: Shop, where: str, token: str) -> httpx.Response:
    """The key at a place where no secret key belongs."""
    batch = {"site": token if where == "body" else shop.keys["site_key"], "visitor": "v", "events": [{**view(), "at": 1}]}
    basic = base64.b64encode(f"{token}:".encode()).decode()
    headers = {"bearer": {"Authorization": f"Bearer {token}"}, "basic": {"Authorization": f"Basic {basic}"}}.get(where, {})
    return shop.door.post("/v1/events" + (f"?key={token}" if where == "query" else ""), content=json.dumps(batch), headers=headers)


def command(product: Product, name: str, /, **given: Any) -> Any:
    """A command as the command line sends it to a running `serve`, without the start of an interpreter."""
    owner = {"Authorization": f"Bearer {json.loads((product.data / 'serve.json').read_text())['token']}"}
    answer = httpx.post(f"{product.admin}/internal/{name}", headers=owner, json=given, trust_env=False, timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def new_key(product: Product, shop: Shop, scope: str = "read", **more: Any) -> str:
    return str(command(product, "key/create", site=shop.keys["site"], scopes=[scope], **more)["api_key"])


def listed(product: Product, shop: Shop) -> dict[str, Any]:
    return {key["key_id"]: key for key in command(product, "key/list", site=shop.keys["site"])}


@pytest.mark.parametrize("where", ["body", "bearer", "basic", "query"])
def test_a_secret_key_at_the_public_door_is_refused_and_its_owner_is_told(product: Product, shop: Shop, where: str) -> None:
    token, before = new_key(product, shop), counted(shop).get("secret_key", 0)
    refused = sent(shop, where, token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "secret_key")
    assert token not in refused.text
    assert refused.headers["access-control-allow-origin"] == "https://shop.example", "the page's author must be able to read why"
    assert listed(product, shop)[token[:11]]["leaked_at"].startswith("20")
    until(lambda: counted(shop).get("secret_key") == before + 1, what="the refusal in the ledger")
    assert token not in "\n".join(product.said), "not in any line of the log either"


def test_command_line_and_install_page_ask_to_revoke_a_leaked_key_until_it_is(product: Product, shop: Shop) -> None:
    token = new_key(product, shop)
    sent(shop, "body", token)
    told = tracker(product.data, "key", "list", "--site", shop.keys["site"])
    assert f"tracker key revoke {token[:11]}" in told.stderr
    with httpx.Client(base_url=product.admin, trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
        assert browser.get("/login", params={"token": command(product, "login-link")["token"]}).status_code == 200
        browser.post("/switch", data={"site": shop.keys["site"]}, headers={"Sec-Fetch-Site": "same-origin"})
        assert f"tracker key revoke {token[:11]}" in browser.get("/install").text
        command(product, "key/revoke", key_id=token[:11])
        assert token[:11] not in browser.get("/install").text


def counted(shop: Shop) -> dict[str, int]:
    """Refused events of this site by reason, as the API tells its owner."""
    quality = shop.api.get("/v1/quality").json()
    return {each["reason"]: each["count"] for each in quality["accounting"]["refused"]}


def test_a_look_alike_is_refused_and_marks_no_key(product: Product, shop: Shop) -> None:
    token = new_key(product, shop)
    fake = token[:11] + ("a" if token[11] != "a" else "b") + token[12:]
    assert sent(shop, "body", fake).json()["error"]["code"] == "secret_key"
    assert sent(shop, "body", "sk_\r\n\x1b[31mspoofed").json()["error"]["code"] == "secret_key"
    assert listed(product, shop)[token[:11]]["leaked_at"] is None
    assert not any(line.startswith("\x1b") or "spoofed" in line.split(": ")[0] for line in product.said)


def test_a_key_is_changed_without_one_failed_call(product: Product, shop: Shop) -> None:
    """Two live keys: the new one works before the old one ends, for readers that call all the time."""
    in_use = [new_key(product, shop)]
    answers: list[int] = []
    stop = threading.Event()

    def read() -> None:
        with httpx.Client(base_url=product.admin, trust_env=False, timeout=PATIENCE_S) as client:
            while not stop.is_set():
                key = in_use[-1]
                answers.append(client.get("/v1/carts", headers={"Authorization": f"Bearer {key}"}).status_code)

    def answered(more_than: int) -> bool:
        return len(answers) > more_than

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(3):
            old = in_use[-1]
            in_use.append(new_key(product, shop))
            until(partial(answered, len(answers) + 10), what="calls with the new key")
            command(product, "key/revoke", key_id=old[:11])
            ended = httpx.get(f"{product.admin}/v1/carts", headers={"Authorization": f"Bearer {old}"}, trust_env=False, timeout=PATIENCE_S)
            assert ended.status_code == 401
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert len(answers) > 30
    assert set(answers) == {200}


def test_a_misused_key_gets_exactly_its_code(product: Product, shop: Shop) -> None:
    other = command(product, "site/add", name=f"other-{uuid.uuid4().hex[:8]}", origins=["https://other.example"])
    narrow, expired = new_key(product, shop, "lists"), new_key(product, shop, expires_at=1)

    def code(key: str, path: str = "/v1/carts") -> tuple[int, str]:
        answer = httpx.get(product.admin + path, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE_S)
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    assert code(shop.keys["api_key"]) == (200, "")
    assert code(shop.keys["site_key"]) == (401, "key_public")
    assert code(expired) == (401, "key_unknown")
    assert code(narrow) == (403, "scope_missing")
    assert shop.post("mine", view()).status_code == 202
    (session,) = until(lambda: shop.sessions("mine"), what="the session")
    assert code(other["api_key"], f"/v1/sessions/{session['session_id']}") == (404, "not_found")
    assert code(shop.keys["api_key"], f"/v1/sessions/{session['session_id']}") == (200, "")


def test_the_parts_of_an_import_are_larger_than_a_batch_may_be_and_pass_the_private_port(product: Product, shop: Shop, tmp_path: Path) -> None:
    page = {"type": "page_view", "at": 1_764_000_000_000, "visitor": "importer", "url": "https://shop.example/" + "x" * 1900}
    lines = tmp_path / "past.ndjson"
    lines.write_text("".join(json.dumps({"id": f"i{number}", **page}) + "\n" for number in range(1300)))
    done = tracker(product.data, "import", str(lines), "--site", shop.keys["site"], "--format", "tracker")
    assert done.returncode == 0, done.stderr
    (session,) = until(lambda: shop.sessions("importer"), what="the imported session")
    assert session["page_views"] == 1300


def content(path: Path) -> bytes:
    """Nothing where it is no file, or none any more: the product goes on."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def test_no_usable_key_lies_in_the_data_folder(product: Product, shop: Shop) -> None:
    """Nor is what lies there one: a hash or a key id opens nothing."""
    token = shop.keys["api_key"]
    assert shop.post("v", view()).status_code == 202
    assert [path for path in product.data.rglob("*") if token.encode() in content(path)] == []
    door = json.loads((product.data / "sites.json").read_text())
    (mine,) = [key for key in door["keys"] if key["key_id"] == token[:11]]
    for opened in (mine["hash"], mine["key_id"], "sk_" + mine["hash"]):
        answer = httpx.get(f"{product.admin}/v1/carts", headers={"Authorization": f"Bearer {opened}"}, trust_env=False, timeout=PATIENCE_S)
        assert answer.status_code == 401
