"""Rate limits: token buckets in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """A bucket per key holds `burst` tokens and gains `per_s` of them a second; the least recently used are forgotten, and are full again then."""

    def __init__(self, per_s: float, burst: float, clock_s: Callable[[], float], keys_max: int = 50_000) -> None:
        self.per_s, self.burst, self.clock_s, self.keys_max = per_s, burst, clock_s, keys_max
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> (tokens, at)

    def wait_s(self, key: str, tokens: float = 1.0) -> float:
        """0 and the tokens are taken; or how long until there are enough. A bucket without a rate has no limit."""
        if self.per_s <= 0:
            return 0.0
        now = self.clock_s()
        held, at = self._held.pop(key, (self.burst, now))
        held = min(self.burst, held + (now - at) * self.per_s)
        needed = min(tokens, self.burst)  # what is larger than the bucket must be able to pass a full one
        wait = 0.0 if held >= needed else (needed - held) / self.per_s
        self._held[key] = (held - needed if not wait else held, now)
        if len(self._held) > self.keys_max:
            self._held.popitem(last=False)
        return wait
