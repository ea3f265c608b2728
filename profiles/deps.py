"""What the API needs from the process it runs in; the roof puts it together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from anyio import CapacityLimiter

from profiles.login import Logins
from profiles.rhythm import Rhythms
from tracker.clock import Clock
from tracker.registry import Registry
from tracker.settings import Settings
from tracker.store import Store


@dataclass(frozen=True)
class Deps:
    """`append` puts JSON rows of `events` durably into this process's own spool; it raises SpoolFull.

    `health` tells the state of the process: `ready` (bool) or `threads` (name -> alive), and any figures; /metrics shows them all.
    `local_token` opens /internal to the command line on this machine; '' = closed.
    """

    store: Store
    registry: Registry
    settings: Settings
    clock: Clock
    append: Callable[[list[bytes]], Awaitable[None]]
    login: Logins
    health: Callable[[], dict[str, Any]] = lambda: {"ready": True}
    local_token: str = ""
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(16))
    rhythms: Rhythms = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rhythms", Rhythms(self.store, self.clock))
