"""Token buckets: what passes, what waits, and how much memory that may take."""

from __future__ import annotations

from pathlib import Path

from tracker.limits import Buckets


class Moving:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_the_rate_holds() -> None:
    clock = Moving()
    buckets = Buckets(2, 4, clock)
    assert [buckets.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    clock.now = 0.5
    assert [buckets.wait_s("a"), buckets.wait_s("a")] == [0, 0.5]
    assert buckets.wait_s("b") == 0


def test_what_waits_costs_nothing_and_what_is_too_large_passes_a_full_bucket() -> None:
    clock = Moving()
    buckets = Buckets(1, 4, clock)
    assert buckets.wait_s("a", 100) == 0
    assert buckets.wait_s("a", 4) == 4
    clock.now = 4
    assert buckets.wait_s("a", 4) == 0


def test_memory_is_bounded_and_the_least_recently_used_is_forgotten() -> None:
    buckets = Buckets(1, 1, Moving(), keys_max=100)
    assert buckets.wait_s("busy") == 0
    for number in range(1000):
        buckets.wait_s(str(number))
        assert buckets.wait_s("busy") == 1
    assert len(buckets._held) == 100


def test_no_rate_is_no_limit() -> None:
    buckets = Buckets(0, 0, Moving())
    assert [buckets.wait_s("a", 1e9) for _ in range(3)] == [0, 0, 0]


def rss_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def test_a_million_addresses_take_bounded_memory() -> None:
    """IPv6 gives everybody more networks than a door can remember."""
    buckets = Buckets(200, 1000, Moving())
    before = rss_mb()
    for number in range(1_000_000):
        buckets.wait_s(f"2001:db8:{number >> 8:x}:{number & 255:x}::")
    grown = rss_mb() - before
    print(f"a million addresses: {grown:.0f} MB")  # noqa: T201 - a figure of the report
    assert len(buckets._held) == buckets.keys_max
    assert grown < 50
