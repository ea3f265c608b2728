"""Where a webhook may go, at saving and at every send: never into a private network (docs/guarantees.md, no. 58)."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.webhooks.addresses import NOT_PUBLIC, Refused, checked, is_public, literal_of, target_of
from profiles.webhooks.ladder import Outcome
from profiles.webhooks.sending import Sender
from tests.product import until
from tests.profiles.webhooks.receiver import Answer, Canary, Receiver

PUBLIC = "93.184.215.14"
PRIVATE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:93.184.215.14", "64:ff9b::7f00:1", "64:ff9b::5db8:d70e", "64:ff9b:1::1", "2002:7f00:1::", "2002:5db8:d70e::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "100::1", "5f00::1",
)  # fmt: skip
GOOD_URLS = (
    "https://crm.example/hooks", "https://crm.example:8443/", "https://crm.example:443", "https://93.184.215.14/", "https://[2606:2800:220::14]/h?a=b",
    "https://xn--bcher-kva.example/",
)  # fmt: skip
BAD_URLS = (
    "http://crm.example/", "ftp://crm.example/", "file:///etc/passwd", "gopher://crm.example/", "javascript:alert(1)", "crm.example/hooks", "", "https://",
    "https://crm.example:8080/", "https://crm.example:22/", "https://crm.example:99999/", "https://crm.example:0x1bb/", "https://user@crm.example/",
    "https://user:pw@crm.example/", "https://crm.example@127.0.0.1/", "https://crm.example/#part", "https://crm.example\\@127.0.0.1/",
    "https://crm.example/a b", "https://crm.example/\n", "https://crm.example/\x00", "https://localhost/", "https://localhost./", "https://intranet/",
    "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://127.0.0.1./", "https://1.2.3/", "https://crm.example.5/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/",
    "https://bücher.example/", "https://crm..example/", "https://-crm.example/", f"https://crm.example/{'a' * 2000}", "https://*.example/",
    *(f"https://{f'[{address}]' if ':' in address else address}/" for address in PRIVATE if "%" not in address),
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_seen(address: str) -> None:
    found = literal_of(address)
    assert found is not None
    assert not is_public(found)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001::8a"])
def test_an_address_that_is_public_is_seen(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_whatever_the_standard_library_knows_as_special_is_not_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast or address.is_reserved
    assert not (is_public(address) and (special or address.is_unspecified or any(address in network for network in NOT_PUBLIC)))


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_url_of_a_receiver_is_taken(url: str) -> None:
    assert target_of(url).port in (443, 8443)


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_is_none_or_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"\w"):
        target_of(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://intranet/"])
def test_the_setting_for_a_receiver_beside_it_opens_this_machine_and_nothing_else(url: str) -> None:
    assert target_of("http://127.0.0.1:9000/", local=True).port == 9000
    with pytest.raises(Refused, match=r"\w"):
        target_of(url, local=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_one_bad_address_among_good_ones_refuses_all(address: str) -> None:
    target = target_of("https://crm.example/")
    assert checked(target, lambda host, port: [PUBLIC]) == [PUBLIC]
    with pytest.raises(Refused, match="no public address"):
        checked(target, lambda host, port: [PUBLIC, address])


def test_a_name_that_is_not_found_is_refused() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    with pytest.raises(Refused, match="cannot be found"):
        checked(target_of("https://crm.example/"), resolve)
    with pytest.raises(Refused, match="has no address"):
        checked(target_of("https://crm.example/"), lambda host, port: [])


# --- with a listener that nobody may meet ------------------------------------------------------------------------------------------


def sent(url: str, *addresses: str, local: bool = False) -> Outcome:
    """One try, where the name has these addresses."""

    async def send() -> Outcome:
        sender = Sender(local=local, resolve=lambda host, port: addresses)
        try:
            return await sender.send(url, {"webhook-id": "msg_1"}, b"{}", 0)
        finally:
            await sender.close()

    return asyncio.run(send())


@pytest.mark.parametrize("url", BAD_URLS)
def test_nothing_is_sent_to_what_is_refused(url: str) -> None:
    outcome = sent(url, "127.0.0.1")
    assert not outcome.is_good
    assert outcome.why
    assert not outcome.why.startswith("could not be reached: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_name_that_leads_inside_meets_no_listener(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = (["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["0.0.0.0"], ["::"], ["64:ff9b::7f00:1"])
    with Canary(host) as canary:
        monkeypatch.setattr("profiles.webhooks.addresses.PORTS", (443, 8443, canary.port))
        outcomes = [sent(f"https://crm.example:{canary.port}/", *addresses) for addresses in inside]
        assert [outcome.why for outcome in outcomes if "no public address" not in outcome.why] == []
        assert canary.met() == 0


def test_a_listener_that_may_be_met_is_met() -> None:
    """That the tests above could fail."""
    with Canary() as canary:
        sending = threading.Thread(target=sent, args=(f"http://127.0.0.1:{canary.port}/", "127.0.0.1"), kwargs={"local": True})
        sending.start()
        assert until(canary.met) == 1
        sending.join()


def test_a_name_is_looked_up_at_each_send_and_once(receiver: Receiver) -> None:
    """Rebinding: public when it was saved, this machine when it is sent; and no second look-up between the check and the connection."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    target = target_of("https://crm.example/")
    assert checked(target, rebinding) == [PUBLIC]

    async def send() -> Outcome:
        sender = Sender(resolve=rebinding)
        try:
            return await sender.send("https://crm.example/", {}, b"{}", 0)
        finally:
            await sender.close()

    assert "127.0.0.1 is no public address" in asyncio.run(send()).why
    assert asked == ["crm.example"] * 2
    assert receiver.got == []


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_of_the_url(receiver: Receiver) -> None:
    port = receiver.server.server_port
    outcome = sent(f"http://localhost:{port}/hooks", "127.0.0.1", local=True)
    assert outcome.answer == 200
    (got,) = receiver.got
    assert got.headers["host"] == f"localhost:{port}"


def test_a_redirect_inside_is_not_followed(receiver: Receiver) -> None:
    with Canary() as canary:
        for status in (301, 302, 303, 307, 308):
            receiver.answers["/"] = Answer(status, {"Location": f"http://127.0.0.1:{canary.port}/"})
            outcome = sent(receiver.url(), "127.0.0.1", local=True)
            assert outcome.why == f"answered {status}: it redirects, and redirects are not followed"
        assert canary.met() == 0


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with Canary() as canary:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        assert sent(receiver.url(), "127.0.0.1", local=True).answer == 200
        assert canary.met() == 0
