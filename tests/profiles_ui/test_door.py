"""Who gets in: owner, stranger, somebody of another shop, another website."""

from __future__ import annotations

import stat

import pytest

from profiles.login import ABSOLUTE_MS, IDLE_MS, LINK_MS, Logins
from tests.profiles_ui.conftest import SAME, House
from tests.profiles_ui.world import World

PAGES = (
    "/", "/live", "/sessions", "/sessions/s", "/carts", "/carts/c", "/carts/cutoff", "/carts.csv", "/customers/c", "/visitors/v", "/install",
    "/install/heard",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_sees_only_the_log_in(house: House, path: str) -> None:
    response = house.browser().get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login")


def test_a_key_with_the_scope_read_opens_its_site(house: House, world: World) -> None:
    world.session(session_id="s-mine")
    assert house.by_key().get("/sessions/s-mine").status_code == 200


@pytest.mark.parametrize("key", ["", "sk_nonsense", "pk_site_key", "sk_" + "a" * 49])
def test_a_wrong_key_is_refused(house: House, key: str) -> None:
    response = house.browser().post("/login", data={"key": key}, headers=SAME)
    assert response.status_code == 403
    assert "not a key" in response.text


def test_a_key_that_may_not_read_is_told_so(house: House) -> None:
    key = house.deps.registry.create_key(house.site.name, ["orders"])
    response = house.browser().post("/login", data={"key": key}, headers=SAME)
    assert response.status_code == 403
    assert "may not read" in response.text


def test_a_key_of_another_site_sees_nothing_of_this_one(house: House, world: World) -> None:
    session_id, cart_id = world.session(customer_id="c-secret"), world.cart(items=[{"id": "secret"}], customer_id="c-secret")
    world.customer("c-secret")
    other = house.deps.registry.add_site(f"{house.site.name}-other", ["https://other.example"])
    stranger = house.by_key(site=other.name)
    for path in (f"/sessions/{session_id}", f"/carts/{cart_id}", "/customers/c-secret", "/visitors/v-1"):
        assert stranger.get(path).status_code == 404, path
    for path in ("/", "/sessions", "/carts", "/carts.csv?state=any", "/install"):
        assert "secret" not in stranger.get(path).text, path


def test_a_key_may_not_switch_to_another_site(house: House) -> None:
    other = house.deps.registry.add_site(f"{house.site.name}-other", ["https://other.example"])
    browser = house.by_key()
    browser.post("/switch", data={"site": other.name}, headers=SAME)
    assert house.site.site_key in browser.get("/install").text


def test_a_local_admin_may_switch_the_site(house: House) -> None:
    other = house.deps.registry.add_site(f"{house.site.name}-other", ["https://other.example"])
    browser = house.by_link()
    browser.post("/switch", data={"site": other.name}, headers=SAME)
    assert other.site_key in browser.get("/install").text


def test_a_one_time_link_works_once(house: House) -> None:
    token = house.logins.issue()
    assert house.browser().get("/login", params={"token": token}).status_code == 303
    assert house.browser().get("/login", params={"token": token}).status_code == 403


def test_a_one_time_link_ends_after_a_day(house: House) -> None:
    token = house.logins.issue()
    house.clock.at_ms += LINK_MS
    assert house.browser().get("/login", params={"token": token}).status_code == 403


def test_looking_ahead_does_not_use_up_a_link(house: House) -> None:
    token = house.logins.issue()
    house.browser().get("/login", params={"token": token}, headers={"Sec-Purpose": "prefetch"})
    house.browser().request("HEAD", "/login", params={"token": token})
    assert house.browser().get("/login", params={"token": token}).status_code == 303


def test_a_restart_keeps_people_logged_in(house: House, world: World) -> None:
    browser = house.by_link()
    object.__setattr__(house.deps, "login", Logins(house.logins.path, house.clock))
    assert browser.get("/").status_code == 200


def test_the_file_of_log_ins_holds_no_usable_secret_and_is_for_its_owner_only(house: House) -> None:
    token = house.logins.issue()
    cookie = house.logins.open(house.site.name)
    text = house.logins.path.read_text()
    assert token not in text
    assert cookie not in text
    assert stat.S_IMODE(house.logins.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("gone_ms", [IDLE_MS, ABSOLUTE_MS])
def test_an_idle_log_in_ends(house: House, gone_ms: int) -> None:
    browser = house.by_link()
    house.clock.at_ms += gone_ms
    assert browser.get("/").status_code == 303


def test_a_log_in_ends_after_a_week_however_busy(house: House) -> None:
    cookie = house.logins.open(house.site.name)
    alive = []
    for _ in range(2 * ABSOLUTE_MS // IDLE_MS):
        house.clock.at_ms += IDLE_MS // 2
        alive.append(house.logins.find(cookie) is not None)
    assert alive == [True] * (len(alive) - 1) + [False]


def test_a_revoked_key_ends_its_log_ins(house: House) -> None:
    browser = house.by_key()
    (key,) = house.deps.registry.keys(house.site.name)
    house.deps.registry.revoke(key.key_id)
    assert browser.get("/").status_code == 303


def test_logging_out_ends_the_cookie_everywhere(house: House) -> None:
    browser = house.by_link()
    stolen = dict(browser.cookies)
    browser.post("/logout", headers=SAME)
    thief = house.browser()
    thief.cookies.update(stolen)
    assert thief.get("/").status_code == 303


def test_logging_in_gives_a_new_id_and_ends_the_planted_one(house: House) -> None:
    victim = house.by_link()
    planted = victim.cookies["tracker"]
    victim.get("/login", params={"token": house.logins.issue()})
    assert victim.cookies["tracker"] != planted
    assert house.logins.find(planted) is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    response = house.browser().get("/login", params={"token": house.logins.issue()})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("tracker=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_over_https_the_cookie_is_tied_to_the_host(house: House) -> None:
    response = house.browser("https://admin.test").get("/login", params={"token": house.logins.issue()})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-tracker=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {}],
)
def test_another_website_cannot_act_in_my_name(house: House, world: World, headers: dict[str, str]) -> None:
    session_id = world.session(quarantine_reason="rate")
    response = house.by_link().post(f"/sessions/{session_id}/release", headers=headers)
    assert response.status_code == 403
    assert world.store.rows("SELECT 1 FROM events WHERE site = {site:String}", site=world.site) == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://admin.test:8001"}])
def test_my_own_pages_can_act(house: House, world: World, headers: dict[str, str]) -> None:
    session_id = world.session(quarantine_reason="rate")
    assert house.by_link().post(f"/sessions/{session_id}/release", headers=headers).status_code == 303


def test_a_get_changes_nothing(house: House, world: World) -> None:
    session_id = world.session(quarantine_reason="rate")
    assert house.by_link().get(f"/sessions/{session_id}/release").status_code == 405


def test_guessing_is_slowed_down_per_address_without_locking_others(house: House) -> None:
    answers = [house.browser().post("/login", data={"key": "sk_x"}, headers=SAME).status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2
    assert house.logins.throttle.wait_s("198.51.100.7") == 0
    house.clock.at_ms += 60_000
    assert house.browser().post("/login", data={"key": "sk_x"}, headers=SAME).status_code == 403


def test_one_ipv6_neighbourhood_counts_as_one_address(house: House) -> None:
    for number in range(10):
        house.logins.throttle.failed(f"2001:db8::{number:x}")
    assert house.logins.throttle.wait_s("2001:db8::ffff") > 0


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx", ""])
def test_after_the_log_in_nobody_is_sent_elsewhere(house: House, to: str) -> None:
    key = house.deps.registry.create_key(house.site.name, ["read"])
    response = house.browser().post("/login", data={"key": key, "to": to}, headers=SAME)
    assert response.headers["location"] == "/"


def test_after_the_log_in_one_is_where_one_wanted_to_be(house: House) -> None:
    key = house.deps.registry.create_key(house.site.name, ["read"])
    form = house.browser().get("/carts?stage=payment").headers["location"]
    assert form == "/login?to=%2Fcarts%3Fstage%3Dpayment"
    response = house.browser().post("/login", data={"key": key, "to": "/carts?stage=payment"}, headers=SAME)
    assert response.headers["location"] == "/carts?stage=payment"


def test_a_huge_form_is_refused(house: House) -> None:
    assert house.browser().post("/login", data={"key": "x" * 70_000}, headers=SAME).status_code == 413


def test_a_live_part_whose_log_in_ended_sends_the_page_to_the_log_in(house: House) -> None:
    response = house.browser().get("/live", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["hx-redirect"]) == (401, "/login")
