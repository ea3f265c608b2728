"""Rate limits: token buckets in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """A bucket per key holds `burst` tokens and gains `per_s` of them a second; the least recently used are forgotten, and are full again then."""

    def __init__(self, per_s: float, burst: float, clock_s: Callable[[], float], keys_max: int = 50_000) -> None:
        self.per_s, self.burst, self.clock_s, self.keys_max = per_s, burst, clock_s, keys_max
        self._held: OrderedDict[str, list[float]] = OrderedDict()  # key -> [tokens, at]

    def wait_s(self, key: str, tokens: float = 1.0) -> float:
        """0 and the tokens are taken; or how long until there are enough. A bucket without a rate has no limit."""
        if self.per_s <= 0:
            return 0.0
        now = self.clock_s()
        bucket = self._held.get(key)
        if bucket is None:
            bucket = self._held[key] = [self.burst, now]
            if len(self._held) > self.keys_max:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(key)
        held = min(self.burst, bucket[0] + (now - bucket[1]) * self.per_s)
        needed = min(tokens, self.burst)  # what is larger than the bucket must be able to pass a full one
        wait = 0.0 if held >= needed else (needed - held) / self.per_s
        bucket[0], bucket[1] = held if wait else held - needed, now
        return wait
