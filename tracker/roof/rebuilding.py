"""What is asked of a rebuild, by the command line here or of a running `serve`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from sessionizer.loop import Sessionizer
from tracker.registry import Registry
from tracker.site_rules import changed


class Rebuild(msgspec.Struct):
    """`what_if`: rules of the site, under which nothing is changed and only told what would be. `anew`: also where one was broken off."""

    site: str
    from_day: date | None = None
    to_day: date | None = None
    dry_run: bool = False
    what_if: dict[str, str] = {}
    anew: bool = False

    def by(self, sessionizer: Sessionizer, registry: Registry, progress: Callable[[int, int], None] | None = None) -> str:
        """Raises BadInput."""
        site = registry.site(self.site)
        other = changed(site, self.what_if) if self.what_if else None
        done = sessionizer.rebuild(
            site.name, from_day=self.from_day, to_day=self.to_day, dry_run=self.dry_run, what_if=other, progress=progress,
            anew=self.anew,
        )  # fmt: skip
        return str(done)
