"""Whom a limit counts, and which proxies are believed."""

from __future__ import annotations

import pytest

from tracker.addresses import is_among, network, networks


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "::"),
        ("unix", "unix"), ("", ""), ("x" * 46, "?"),
    ],
)  # fmt: skip
def test_an_ipv6_customer_counts_as_one_network(address: str, counted: str) -> None:
    assert network(address) == counted


def test_a_proxy_is_named_by_its_address_or_its_network() -> None:
    proxies = networks("127.0.0.1, 10.0.0.0/24,2001:db8::/32,")
    among = ["127.0.0.1", "10.0.0.9", "10.0.1.1", "2001:db8::5", "192.0.2.1", "unknown", ""]
    assert [is_among(address, proxies) for address in among] == [True, True, False, True, False, False, False]


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.internal", "10.0.0.0/33", "1.2.3"])
def test_what_is_no_address_is_no_proxy(text: str) -> None:
    with pytest.raises(ValueError, match=text.split("/", maxsplit=1)[0]):
        networks(text)
