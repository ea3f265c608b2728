"""The settings: one table. A field here is an environment variable, a flag of `serve` and a row of docs/operations.md.

in   TRACKER_… variables and flags
out  one frozen Settings
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from tracker.addresses import networks
from tracker.errors import BadSetting


def setting(default: Any, help: str) -> Any:  # noqa: A002 - the word every command line uses
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes are bytes, times seconds or milliseconds as the name says."""

    data: Path = setting(Path("tracker-data"), "Folder that holds everything: database, spool, sites")
    store: str = setting("", "Database: chdb:///abs/path, clickhouse://user:pw@host:8123/db, clickhouses://… for TLS; empty = embedded, in --data")
    cluster: str = setting("", "Name of the ClickHouse cluster, where there is one")
    host: str = setting("127.0.0.1", "Address of the public port")
    port: int = setting(8000, "Public port: collector, tag, demo shop; 0 = any free one")
    admin_host: str = setting("127.0.0.1", "Address of the admin port; keep it private")
    admin_port: int = setting(8001, "Admin port: API and web UI; 0 = any free one")
    public_url: str = setting("", "Address of the public port as browsers see it; empty = http://host:port")
    demo: bool = setting(False, "Adds the demo shop at /demo/ on the public port, with its site")
    demo_past: bool = setting(False, "A demo shop that is new gets three months of made-up visits, so that there is something to see")
    trusted_proxies: str = setting("", "Comma-separated addresses or networks whose X-Forwarded-For is believed; * is refused")
    body_max_bytes: int = setting(256 * 1024, "Largest body of POST /v1/events as sent")
    inflated_max_bytes: int = setting(2 * 1024 * 1024, "Largest body once unpacked from gzip")
    events_max: int = setting(500, "Most events in one batch")
    address_requests_per_s: int = setting(200, "Batches an address (IPv6: a /64) may send a second, five-fold at once; 0 = any; loopback is free")
    address_connections: int = setting(2000, "Connections an address (IPv6: a /64) may hold; then its oldest idle one goes; 0 = any")
    connections_max: int = setting(20_000, "Connections in all; the oldest idle one makes room; 0 = as many as the system allows")
    held_max_bytes: int = setting(64 * 1024 * 1024, "Bytes of unanswered requests held in memory, in all; above it 503; 0 = any")
    site_events_per_s: int = setting(0, "Events one site may send a second, five times that at once; 0 = any")
    segment_max_bytes: int = setting(4 * 1024 * 1024, "A spool segment is sealed at this size …")
    segment_max_ms: int = setting(150, "… or at this age")
    spool_max_bytes: int = setting(8 * 1024**3, "High-water mark of the spool: above it the collector answers 503")
    disk_reserve_bytes: int = setting(64 * 1024**2, "Reserve file of each spool, given up when its disk is full; below a quarter of it beside: 503")
    tick_ms: int = setting(250, "The sessionizer looks for touched visitors at most this often")
    silent_s: int = setting(30, "A process of `serve` that is silent for so long is ended and started anew; a start may take ten times as long")
    query_max_s: int = setting(30, "A query of the API or the web UI is ended after this time")
    insert_max_s: int = setting(60, "A ClickHouse server that has not answered an insert after this time is sent it again, under the same token")
    webhooks_local: bool = setting(False, "Webhooks may also go to http:// and to this machine itself: for a receiver beside it, and for tests")
    memory_max_bytes: int = setting(0, "Memory of one database step, half for a query; 0 = half of the machine or container; a server: its own")

    @property
    def dsn(self) -> str:
        return self.store or f"chdb://{(self.data / 'clickhouse').resolve()}"

    @property
    def embedded(self) -> bool:
        return self.dsn.startswith("chdb:")


def variable(name: str) -> str:
    return f"TRACKER_{name.upper()}"


def table() -> list[tuple[str, str, str, str]]:
    """(variable, flag, default, help) of each setting, in the order of the class."""
    return [(variable(f.name), flag(f.name), str(f.default), f.metadata["help"]) for f in fields(Settings)]


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def load(environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """A flag wins over its variable, a variable over the default; a flag that is None was not given.

    Raises BadSetting, which names the variable, the value and what it should be.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for f in fields(Settings):
        if flags.get(f.name) is not None:
            values[f.name] = parse(f, str(flags[f.name]), flag(f.name))
        elif variable(f.name) in environ:
            values[f.name] = parse(f, environ[variable(f.name)], variable(f.name))
    settings = Settings(**values)
    check_proxies(settings.trusted_proxies)
    return settings


def check_proxies(text: str) -> None:
    """Raises BadSetting."""
    cure = "Name the proxy's address or network, as in: 127.0.0.1,10.0.0.0/24"
    try:
        everybody = [str(each) for each in networks(text.replace("*", "0.0.0.0/0")) if each.prefixlen == 0]
    except ValueError as error:
        raise BadSetting(f"TRACKER_TRUSTED_PROXIES is {text!r}: {error}. {cure}") from None
    if everybody:
        raise BadSetting(f"TRACKER_TRUSTED_PROXIES is {text!r}: then anybody could claim any address. {cure}")


def parse(f: Field[Any], text: str, source: str) -> Any:
    kind: type[Any] = type(f.default)
    if kind is bool:
        if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise BadSetting(f"{source} is {text!r}; it should be 1 or 0")
        return text.lower() in ("1", "true", "yes")
    try:
        value = kind(text)
    except ValueError:
        raise BadSetting(f"{source} is {text!r}; it should be a whole number") from None
    if isinstance(value, int) and value < 0:
        raise BadSetting(f"{source} is {text!r}; it should be 0 or more")
    return value
