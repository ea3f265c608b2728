"""What the API needs from the process it runs in; the roof puts it together."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter

from profiles.channels import Channels
from profiles.erasing import Eraser
from profiles.login import Logins
from profiles.rhythm import Rhythms
from tracker.accounting import Accounting
from tracker.clock import Clock
from tracker.ledger import Tally
from tracker.registry import Registry
from tracker.settings import Settings
from tracker.store import Store


@dataclass(frozen=True)
class Deps:
    """`append` puts JSON rows of `events` and what became of the others durably into this process's own spool; it raises SpoolFull.
    `note` counts what brought no rows; on the event loop only.

    `health` tells the state of the process: `ready` (bool) or `threads` (name -> alive), and any figures; /metrics shows them all.
    `spools` and `settling` (the writer's, where it runs here) are for the accounting.
    `erasing` is the way to erase in a process that writes and adds up itself.
    `local_token` opens /internal to the command line on this machine; '' = closed.
    """

    store: Store
    registry: Registry
    settings: Settings
    clock: Clock
    append: Callable[[list[bytes], Tally], Awaitable[None]]
    note: Callable[[Tally], None]
    login: Logins
    health: Callable[[], dict[str, Any]] = lambda: {"ready": True}
    local_token: str = ""
    spools: Sequence[Path] = ()
    settling: threading.Lock = field(default_factory=threading.Lock)
    erasing: Eraser | None = None
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(16))
    rhythms: Rhythms = field(init=False)
    accounting: Accounting = field(init=False)
    eraser: Eraser = field(init=False)
    channels: Channels = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rhythms", Rhythms(self.store, self.clock))
        object.__setattr__(self, "accounting", Accounting(self.store, self.spools, self.settling))
        object.__setattr__(self, "channels", Channels(self.threads))
        object.__setattr__(self, "eraser", self.erasing or Eraser(self.store, self.clock, self.settings.data, self.spools))
