"""Where visitors come from: sources.toml as parameters of sessions.sql."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from tracker.sites import Site


@cache
def lists() -> dict[str, list[str]]:
    text = resources.files("sessionizer").joinpath("sources.toml").read_text()
    return {name: [str(host) for host in hosts] for name, hosts in tomllib.loads(text).items()}


def own_hosts(site: Site) -> list[str]:
    """The site's own hosts, the way the database's domainWithoutWWW writes them."""
    return sorted({(urlsplit(origin).hostname or "").removeprefix("www.") for origin in site.origins} - {""})
