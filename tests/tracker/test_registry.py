"""Sites and keys: who may send, and who may read."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from tracker import registry
from tracker.errors import BadInput
from tracker.keys import KEY_ID_LENGTH, SCOPES, is_key, new_key
from tracker.registry import FRESH_MS, Registry
from tracker.sites import Site, SiteBook
from tracker.store import Store


class Clock:
    def __init__(self) -> None:
        self.at_ms = 1_795_000_000_000

    def now_ms(self) -> int:
        return self.at_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(store: Store, tmp_path: Path, clock: Clock) -> Registry:
    return Registry(store, tmp_path, clock)


@pytest.fixture
def name(book: Registry) -> str:
    found = f"shop-{uuid.uuid4().hex[:8]}"
    book.add_site(found, ["https://shop.example"])
    return found


def test_a_new_site_is_known_to_the_collector_and_to_the_next_start(book: Registry, store: Store, tmp_path: Path, clock: Clock) -> None:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    made = book.add_site(name, ["https://shop.example", "https://shop.example:443/", "http://localhost:8080"], currency="CHF", session_gap_s="600")
    assert made.origins == ("https://shop.example", "http://localhost:8080")
    assert (made.currency, made.session_gap_s) == ("CHF", 600)
    assert SiteBook(tmp_path / "sites.json").by_key(made.site_key) == made
    assert Registry(store, tmp_path, clock).sites()[name] == made


@pytest.mark.parametrize("bad", ["", "Shop", "my shop", "-shop", "shop/x", "ä", "x" * 64, "shop\n"])
def test_a_site_name_is_a_slug(book: Registry, bad: str) -> None:
    with pytest.raises(BadInput, match="cannot be a site's name"):
        book.add_site(bad, ["https://shop.example"])


@pytest.mark.parametrize("bad", [
    "shop.example", "https://shop.example/path", "https://*.shop.example", "ftp://shop.example", "https://", "https://u:p@shop.example", "null",
    "https://shop.example?x", "https://shop.example:port", "javascript:alert(1)", "https://sh op.example",
])  # fmt: skip
def test_an_origin_is_a_scheme_a_host_and_a_port_and_nothing_else(book: Registry, bad: str) -> None:
    with pytest.raises(BadInput, match=r"https://shop\.example"):
        book.add_site(f"shop-{uuid.uuid4().hex[:8]}", [bad])


def test_an_origin_is_kept_as_a_browser_sends_it(book: Registry) -> None:
    made = book.add_site(f"shop-{uuid.uuid4().hex[:8]}", ["HTTPS://Käse.Example", "http://[::1]:80"])
    assert made.origins == ("https://xn--kse-qla.example", "http://[::1]")


def test_a_name_is_given_once(book: Registry, name: str) -> None:
    with pytest.raises(BadInput, match="tracker site set"):
        book.add_site(name, ["https://shop.example"])


@pytest.mark.parametrize(("rule", "value", "words"), [
    ("session_gap_s", "59", "from 60 to 36000"), ("session_gap_s", "long", "session_gap_s"), ("cart_cutoff_s", "599", "from 600"),
    ("currency", "euro", "as in: EUR"), ("timezone", "Mars/Base", "Europe/Berlin"), ("consent", "maybe", "consent"), ("colour", "red", "it has:"),
    ("site_key", "pk_x", "it has:"), ("cookie_domain", "other.example", "that the shop and its collector share"),
    ("cookie_domain", "example; Path=/", "as in: shop"), ("cookie_domain", "example", "as in: shop"), ("cookie_domain", "hop.example", "as in: shop"),
])  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_with_what_can(book: Registry, name: str, rule: str, value: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        book.set_site(name, **{rule: value})


def test_a_changed_rule_reaches_the_collector(book: Registry, name: str, tmp_path: Path) -> None:
    changed = book.set_site(name, campaign_splits="true", origins=["https://new.example"])
    seen = SiteBook(tmp_path / "sites.json").by_key(changed.site_key)
    assert seen is not None
    assert (seen.campaign_splits, seen.origins) == (True, ("https://new.example",))


def test_a_removed_site_takes_its_keys_along(book: Registry, name: str, tmp_path: Path) -> None:
    token = book.create_key(name, ["read"])
    site_key = book.sites()[name].site_key
    book.remove_site(name)
    assert book.check(token) is None
    assert SiteBook(tmp_path / "sites.json").by_key(site_key) is None
    with pytest.raises(BadInput, match="There is no site"):
        book.set_site(name, currency="CHF")


def test_a_key_opens_its_site_with_its_scopes(book: Registry, name: str) -> None:
    token = book.create_key(name, ["orders", "read"])
    access = book.check(token)
    assert access is not None
    assert (access.site, access.scopes, access.key_id) == (name, frozenset({"read", "orders"}), token[:KEY_ID_LENGTH])


def test_the_database_holds_nothing_that_opens_anything(book: Registry, name: str, store: Store) -> None:
    token = book.create_key(name, ["read"])
    stored = str(store.rows("SELECT * FROM keys FINAL WHERE site = {site:String}", site=name))
    assert token[:KEY_ID_LENGTH] in stored
    assert token[KEY_ID_LENGTH:] not in stored


def test_a_key_has_a_form_that_scanners_know_and_typing_errors_do_not_pass() -> None:
    token = new_key()
    assert re.fullmatch(r"sk_[0-9A-Za-z]{49}", token)
    assert is_key(token)
    wrong = [token[:10] + ("a" if token[10] != "a" else "b") + token[11:], token[:-1], token + "a", "sk_", "", "pk_" + token[3:], "é" * 52]
    assert not any(is_key(text) for text in wrong)


def test_a_key_ends_when_it_expires_or_is_revoked(book: Registry, name: str, clock: Clock) -> None:
    expiring = book.create_key(name, ["read"], expires_at=clock.at_ms + 1000)
    lasting = book.create_key(name, ["read"])
    assert book.check(expiring)
    clock.at_ms += 1000
    assert book.check(expiring) is None
    assert book.check(lasting)
    book.revoke(lasting[:KEY_ID_LENGTH])
    assert book.check(lasting) is None
    assert lasting[:KEY_ID_LENGTH] not in [key.key_id for key in book.keys(name)]


def test_two_keys_live_side_by_side_so_that_one_can_be_changed_without_a_gap(book: Registry, name: str) -> None:
    old, new = book.create_key(name, ["read"]), book.create_key(name, ["read"])
    assert book.check(old)
    book.revoke(old[:KEY_ID_LENGTH])
    assert book.check(new)


def test_a_change_in_another_process_is_seen_within_ten_seconds(book: Registry, name: str, store: Store, tmp_path: Path, clock: Clock) -> None:
    other = Registry(store, tmp_path, clock)
    token = book.create_key(name, ["read"])
    clock.at_ms += FRESH_MS
    assert other.check(token)
    book.revoke(token[:KEY_ID_LENGTH])
    clock.at_ms += FRESH_MS
    assert other.check(token) is None


def test_the_last_use_is_written_down_at_most_once_a_minute(book: Registry, name: str, store: Store, clock: Clock) -> None:
    token = book.create_key(name, ["read"])

    def version() -> int:
        return int(store.rows("SELECT max(version) AS version FROM keys WHERE key_id = {id:String}", id=token[:KEY_ID_LENGTH])[0]["version"])

    versions = [version()]
    for _ in range(5):
        assert book.check(token)
        versions.append(version())
    assert len(set(versions)) == 2, "each row written has a version of its own"
    assert versions[1] == versions[-1]
    clock.at_ms += 60_000
    assert book.check(token)
    assert book.keys(name)[0].last_used_ms == clock.at_ms


@pytest.mark.parametrize("scopes", [[], ["write"], ["read", "everything"]])
def test_a_scope_is_one_of_those_there_are(book: Registry, name: str, scopes: list[str]) -> None:
    with pytest.raises(BadInput, match=", ".join(SCOPES)):
        book.create_key(name, scopes)


def test_the_commands_give_what_the_command_line_prints(book: Registry) -> None:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    added = registry.run(book, "site/add", {"name": name, "origins": ["https://shop.example"]})
    assert list(added) == ["site", "site_key", "api_key"]
    access = book.check(added["api_key"])
    assert access is not None
    assert access.scopes == frozenset(SCOPES) - {"admin"}
    assert name in [site["name"] for site in registry.run(book, "site/list", {})]
    assert [key["key_id"] for key in registry.run(book, "key/list", {"site": name})] == [added["api_key"][:KEY_ID_LENGTH]]


@pytest.mark.parametrize(("command", "given"), [
    ("site/paint", {}), ("site/add", {"name": "x", "colour": "red"}), ("site/set", {"name": "not-there"}), ("key/revoke", {"key_id": "sk_none"}),
    ("key/create", {"site": "not-there", "scopes": ["read"]}), ("key/create", {}),
])  # fmt: skip
def test_a_command_that_cannot_be_done_says_why(book: Registry, command: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        registry.run(book, command, given)


def test_the_public_door_knows_the_hash_of_each_key_and_opens_to_those_for_events(book: Registry, name: str, tmp_path: Path, clock: Clock) -> None:
    site = book.site(name)
    door = SiteBook(tmp_path / "sites.json")
    sending = book.create_key(name, ["events"], expires_at=clock.at_ms + 1000)
    reading = book.create_key(name, ["read", "orders"])
    written = (tmp_path / "sites.json").read_text()
    assert sending not in written
    assert reading not in written
    assert door.secret(reading) is not None, "so that it can tell its owner when a page sends it"
    assert (tmp_path / "sites.json").stat().st_mode & 0o777 == 0o600
    assert door.by_secret(sending, clock.at_ms) == site
    assert [door.by_secret(token, clock.at_ms) for token in (reading, new_key(), sending[:-1] + "x", "sk_", "")] == [None] * 5
    assert door.by_secret(sending, clock.at_ms + 1000) is None


def test_a_revoked_key_is_unknown_at_the_public_door_as_soon_as_it_looks_again(book: Registry, name: str, tmp_path: Path, clock: Clock) -> None:
    token, other = book.create_key(name, ["events"]), book.create_key(name, ["events", "read"])
    door = SiteBook(tmp_path / "sites.json")
    book.revoke(token)
    assert door.by_secret(token, clock.at_ms) is not None, "the file is looked at twice a second, not with every request"
    assert door.refresh()
    assert door.by_secret(token, clock.at_ms) is None
    assert door.by_secret(other, clock.at_ms) is not None


def test_a_key_revoked_in_another_process_is_unknown_at_this_machines_door(
    book: Registry, store: Store, name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock,
) -> None:  # fmt: skip
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    other = Registry(store, elsewhere, clock)
    token = book.create_key(name, ["events"])
    other.refresh()
    door = SiteBook(elsewhere / "sites.json")
    assert door.by_secret(token, clock.at_ms) is not None
    book.revoke(token)
    other.refresh()
    door.refresh()
    assert door.by_secret(token, clock.at_ms) is None


def test_a_process_that_read_the_sites_too_early_takes_none_from_the_door(book: Registry, store: Store, tmp_path: Path, clock: Clock) -> None:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    added: list[Site] = []

    class Slow:
        """A store whose reader is overtaken once: somebody adds a site after it has read them."""

        def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
            found = store.rows(query, **parameters)
            if not added:
                added.append(book.add_site(name, ["https://shop.example"]))
            return found

    Registry(Slow(), tmp_path, clock)  # type: ignore[arg-type]  # a store that only reads
    assert SiteBook(tmp_path / "sites.json").by_key(added[0].site_key) == added[0]
