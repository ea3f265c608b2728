"""Commands about what is stored: import, migrate, settings, doctor."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sessionizer.loop import Sessionizer
from tracker import settings as table
from tracker.clock import SystemClock
from tracker.delivery import store_chunk
from tracker.errors import BadInput, Held, StoreDown, TrackerError
from tracker.imports import FORMATS, import_file
from tracker.migrate import applied, migrations
from tracker.registry import Registry
from tracker.roof.commands_dead import run as letters
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.opening import opened
from tracker.roof.remote import Remote
from tracker.roof.spools import quarantined
from tracker.segment import backlog_bytes
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import without_password
from tracker.tombstones import Sieve

Sink = Callable[[list[bytes], str], None]


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "name", required=True, help="Whose events they are")
@click.option("--format", "fmt", required=True, type=click.Choice(FORMATS), help="What the file is")
@click.option("--map", "map_path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="csv: which column is what; see docs/import.md")
@settings_flags(*COMMON)
def import_command(settings: Settings, file: Path, name: str, fmt: str, map_path: Path | None) -> None:
    """Take in a file of events. Stop it and start it again: it goes on where it was; the same file twice changes nothing."""
    with importing(settings, name) as (site, sink), bar() as progress:
        task = progress.add_task(file.name, total=file.stat().st_size)
        done = import_file(
            file, site, fmt, map_path, sink, settings.data / "imports", SystemClock().now_ms(),
            lambda at, of: progress.update(task, completed=at, total=of),
        )  # fmt: skip
    if done.already_done:
        click.echo(f"{file.name} was imported before: nothing to do.")
        return
    click.echo(f"{done.lines} lines, {done.events} events taken, {sum(done.refused.values())} refused, in {done.took_s:.1f} s.")
    for refusal in done.examples:
        click.echo(f"  line {refusal.line}: {refusal.reason}: {refusal.message}", err=True)


@contextmanager
def importing(settings: Settings, name: str) -> Iterator[tuple[Site, Sink]]:
    """The site, and where its rows go: straight into the store, or to the `serve` that holds it."""
    try:
        with opened(settings) as store:
            registry = Registry(store, settings.data, SystemClock())
            sieve = Sieve.of(settings.data, store)
            runs = itertools.count()  # the first chunk may be the one in which a run before was killed
            yield registry.site(name), lambda lines, token: store_chunk(store, lines, f"import-{token}", sieve, again=next(runs) == 0)
            if settings.embedded:  # on a server `serve` or `sessionize` does it
                Sessionizer(store, registry.sites, SystemClock()).tick()
    except Held:
        remote = Remote(settings.data)
        try:
            sites = {site["name"]: site for site in remote.call("POST", "/internal/site/list", {})}
            if name not in sites:
                raise BadInput(f"There is no site {name!r}; there are: {', '.join(sorted(sites)) or 'none'}") from None
            yield msgspec.convert(sites[name], Site), lambda lines, token: remote.send_rows(lines)
        finally:
            remote.close()


def bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@click.command()
@click.option("--show", is_flag=True, help="Say what is applied and what is missing, change nothing")
@settings_flags(*COMMON)
def migrate(settings: Settings, show: bool) -> None:
    """Bring the database's schema up to date. `serve` does it by itself at every start."""
    try:
        with opened(settings, readers=1, bring_up_to_date=not show) as store:
            done = list(applied(store))
    except Held:
        with closing(Remote(settings.data)) as remote:
            done = remote.call("POST", "/internal/migrations", {})["applied"]
    for migration in migrations():
        click.echo(f"{migration.number:04d} {migration.name:12} {'applied' if migration.number in done else 'missing'}")


@click.command("settings")
@settings_flags()
def show_settings(settings: Settings) -> None:
    """Every setting with its value. Its variable, its flag, its default, what it is for."""
    rows = Table("Variable", "Flag", "Now", "Default", "What it is for", box=None, pad_edge=False)
    for variable, flag, default, help_text in table.table():
        value = str(getattr(settings, flag.removeprefix("--").replace("-", "_")))
        rows.add_row(variable, flag, without_password(value), default, help_text)
    Console(width=max(160, shutil.get_terminal_size().columns)).print(rows)


@click.command()
@settings_flags()
def doctor(settings: Settings) -> None:
    """Look at what could be wrong here, and say what to do."""
    wrong = 0
    for name, check in CHECKS.items():
        try:
            click.echo(f"ok     {name}: {check(settings)}")
        except TrackerError as error:
            wrong += 1
            click.echo(f"wrong  {name}: {error}")
    raise SystemExit(1 if wrong else 0)


def check_folder(settings: Settings) -> str:
    folder = settings.data if settings.data.exists() else settings.data.resolve().parent
    if not os.access(folder, os.W_OK):
        raise BadInput(f"{folder} cannot be written by this user. Change its owner, or choose another folder with --data.")
    free_gib = shutil.disk_usage(folder).free / 1024**3
    if free_gib < 1:
        raise BadInput(f"{folder} has {free_gib:.1f} GiB free; at least 1 is needed. Free some space.")
    return f"{settings.data}, {free_gib:.0f} GiB free"


def check_store(settings: Settings) -> str:
    try:
        with opened(settings, readers=1) as store:
            version = store.rows("SELECT version() AS version")[0]["version"]
            return f"{store.shown}, ClickHouse {version}"
    except Held as held:
        remote = Remote(settings.data)
        remote.call("POST", "/internal/site/list", {})
        return f"in use by process {held.pid}, which answers"


def check_spool(settings: Settings) -> str:
    directories = [path for path in (settings.data / "spool").glob("*") if path.is_dir()]
    waiting = sum(backlog_bytes(path) for path in directories)
    damaged = quarantined(settings)
    if damaged:
        raise StoreDown(f"{len(damaged)} damaged pieces lie in {damaged[0].parent}. The disk may be failing; they are kept for a look.")
    return f"{waiting} bytes wait for the database"


def check_letters(settings: Settings) -> str:
    found = letters(settings, "dead", {"limit": 1_000})["letters"]
    if found:
        count = sum(row["count"] for row in found)
        raise StoreDown(f"{count} acknowledged lines could not be stored. See `tracker dead`; once the cause is mended: `tracker dead --replay`")
    return "none"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "data folder": check_folder, "database": check_store, "spool": check_spool, "dead letters": check_letters,
}  # fmt: skip
