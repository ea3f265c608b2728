"""Where visitors come from: sources.toml as parameters of spans.sql and sessions.sql."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from tracker.sites import Site

PASSAGE = "passage"  # payment and log-in providers: coming back from them is no arrival


@dataclass(frozen=True, slots=True)
class Sources:
    """Names and what they are, side by side: the database takes them as two lists."""

    hosts: dict[str, str]
    said: dict[str, str]  # what a utm_source without a medium means
    parameters: dict[str, list[str]]

    @property
    def passage(self) -> list[str]:
        return [host for host, kind in self.hosts.items() if kind == PASSAGE]

    def of_sessions(self) -> dict[str, Any]:
        """The parameters of sessions.sql."""
        return {
            "hosts": list(self.hosts), "host_kinds": list(self.hosts.values()), "said": list(self.said), "said_kinds": list(self.said.values()),
            **{f"{kind}_parameters": names for kind, names in self.parameters.items()},
        }  # fmt: skip


@cache
def sources() -> Sources:
    told = tomllib.loads(resources.files("sessionizer").joinpath("sources.toml").read_text())
    kinds = {"payment": PASSAGE, "login": PASSAGE}
    hosts = {host: kinds.get(kind, kind) for kind, names in told["hosts"].items() for host in names}
    said = {name: kind for kind, names in told["utm_source"].items() for name in names}
    return Sources(hosts, {host: kind for host, kind in hosts.items() if kind in told["utm_source"]} | said, told["parameters"])


def own_hosts(site: Site) -> list[str]:
    """The site's own hosts, the way the database's domainWithoutWWW writes them."""
    return sorted({(urlsplit(origin).hostname or "").removeprefix("www.") for origin in site.origins} - {""})
